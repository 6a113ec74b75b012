//! The service behind nginx, as `docs/nginx.conf` sets it up: what browsers get from both.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::serving::Running;
use super::support::programs::{Program, needs};

const DOCUMENTED: &str = include_str!("../../docs/nginx.conf");

/// nginx, told to end: its workers would survive a kill of the first process.
struct Nginx(Child);

impl Drop for Nginx {
    fn drop(&mut self) {
        let told = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ended = told.and_then(|_| self.0.wait());
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn put(text: &mut String, from: &str, to: &str) {
    assert!(text.contains(from), "{from}");
    *text = text.replace(from, to);
}

fn make_certificate(directory: &Path) {
    let at = |name: &str| directory.join(name).to_str().unwrap().to_owned();
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"])
        .args(["-subj", "/CN=localhost", "-days", "2", "-keyout", &at("key.pem"), "-out", &at("cert.pem")])
        .stderr(Stdio::null())
        .status();
    assert!(made.expect("openssl runs").success());
}

/// nginx by the documented file, but for its addresses, its name and its certificate.
fn start(directory: &Path, service: &str, plain: u16, secure: u16) -> Nginx {
    make_certificate(directory);
    let mut server = DOCUMENTED.to_owned();
    let at = directory.display();
    put(&mut server, "listen 80;", &format!("listen 127.0.0.1:{plain};"));
    put(&mut server, "listen 443 ssl;", &format!("listen 127.0.0.1:{secure} ssl;"));
    put(&mut server, "qianglian.example.cn", "localhost");
    put(&mut server, "/etc/nginx/qianglian.pem", &format!("{at}/cert.pem"));
    put(&mut server, "/etc/nginx/qianglian.key", &format!("{at}/key.pem"));
    put(&mut server, "http://127.0.0.1:8080", service);
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary: String = temporary.map(|name| format!("{name}_temp_path {at}/{name};\n")).concat();
    let whole = format!(
        "daemon off; worker_processes 1; pid {at}/pid; error_log {at}/log;\n\
         events {{ worker_connections 64; }}\nhttp {{ access_log off;\n{temporary}{server}\n}}\n"
    );
    let file = directory.join("nginx.conf");
    std::fs::write(&file, whole).unwrap();
    let program = Program::Nginx.path().expect("the test asked for it");
    let child = Command::new(program).arg("-e").arg(directory.join("log")).arg("-c").arg(&file).spawn();
    Nginx(child.expect("nginx runs"))
}

/// What a request is answered: status, head, body.
fn ask(address: &str, arguments: &[&str]) -> (u16, String, String) {
    let output = Command::new("curl")
        .args([
            "-sk",
            "--noproxy",
            "*",
            "--retry",
            "20",
            "--retry-connrefused",
            "--retry-delay",
            "1",
            "-i",
            address,
        ])
        .args(arguments)
        .output()
        .expect("curl runs");
    let answer = String::from_utf8_lossy(&output.stdout).into_owned();
    let last = answer.rfind("HTTP/1.1 ").unwrap_or_else(|| panic!("{address}: {answer}"));
    let (head, body) = answer[last..].split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_ascii_lowercase(), body.to_owned())
}

fn has_headers_once(head: &str) {
    for name in
        ["x-content-type-options", "referrer-policy", "content-security-policy", "strict-transport-security"]
    {
        assert_eq!(head.matches(&format!("\r\n{name}: ")).count(), 1, "{name}: {head}");
    }
    assert!(!head.contains("nginx/"), "{head}");
}

#[test]
fn browsers_get_the_same_headers_whoever_answers() {
    needs!(Nginx, OpenSsl, Curl);
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let running = Running::start(&["--data", data.to_str().unwrap(), "--trusted-proxy", "127.0.0.1"]);
    let (plain, secure) = (free_port(), free_port());
    let _nginx = start(directory.path(), &running.base, plain, secure);
    let base = format!("https://localhost:{secure}");
    // Passed on.
    let (status, head, body) = ask(&format!("{base}/"), &[]);
    assert!(status == 200 && body.contains("强链"), "{head}");
    has_headers_once(&head);
    let (status, head, _) = ask(&format!("{base}/metrics"), &[]);
    assert_eq!(status, 404, "{head}");
    // A body that is too large for what it is has the service's own answer, not nginx's page.
    let large = directory.path().join("large");
    std::fs::write(&large, vec![b' '; 3 << 20]).unwrap();
    let sent = format!("@{}", large.display());
    let json = ["-H", "Content-Type: application/json", "-H", "Expect:", "--data-binary", sent.as_str()];
    let (status, head, body) = ask(&format!("{base}/api/v1/login"), &json);
    assert!(status == 413 && head.contains("application/problem+json"), "{head}\n{body}");
    has_headers_once(&head);
    // What nginx answers by itself.
    let flood = format!("X-Flood: {}", "x".repeat(60_000));
    let (status, head, _) = ask(&format!("{base}/"), &["-H", &flood]);
    assert_eq!(status, 400, "{head}");
    has_headers_once(&head);
    let (status, head, _) = ask(&format!("{base}/"), &["-X", "POST", "-H", "Content-Length: 300000000"]);
    assert_eq!(status, 413, "{head}");
    has_headers_once(&head);
    let (status, head, _) = ask(&format!("http://localhost:{plain}/desk?x=1"), &[]);
    assert!(status == 301 && head.contains("\r\nlocation: https://localhost/desk?x=1"), "{head}");
    // Nobody there.
    running.stop();
    let (status, head, body) = ask(&format!("{base}/"), &["--retry", "0"]);
    assert!(
        status == 503 && head.contains("\r\nretry-after: 30") && body.contains("暂时不可用"),
        "{head}\n{body}"
    );
    has_headers_once(&head);
}
