//! What pages cost at 500 applications: the time of each page as the browser of each role sees it, asked for the first
//! time, and how many bytes it sends.
//!
//! Every link is followed from where a role begins, up to ten pages of a kind. `cargo bench --bench pages`.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures with the machine's own clock")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

#[expect(dead_code, reason = "the other benchmarks use it")]
mod client;
#[expect(dead_code, reason = "the other benchmark uses the rest")]
mod demo;
use demo::{Demo, sign_in};

/// Pages of a kind that are asked for.
const OF_A_KIND: usize = 10;

/// A page as it was answered.
struct Seen {
    kind: String,
    milliseconds: f64,
    bytes: usize,
}

/// Addresses of one kind: names and numbers taken out.
fn kind(address: &str) -> String {
    let path = address.split('?').next().unwrap_or_default();
    let star = |segment| if str::contains(segment, |c: char| c.is_ascii_digit()) { "*" } else { segment };
    path.split('/').map(star).collect::<Vec<_>>().join("/")
}

/// Follows links from an address.
async fn crawl(client: &reqwest::Client, base: &str, start: &str, cookie: &str) -> Vec<Seen> {
    let (mut waiting, mut known, mut of_a_kind) = (vec![start.to_owned()], BTreeSet::new(), BTreeMap::new());
    let mut seen = Vec::new();
    while let Some(address) = waiting.pop() {
        let other = ["/api/", "/assets/", "/en", "//"].iter().any(|start| address.starts_with(start));
        if other || !known.insert(address.clone()) {
            continue;
        }
        let kind = kind(&address);
        let count = of_a_kind.entry(kind.clone()).or_insert(0);
        *count += 1;
        if *count > OF_A_KIND {
            continue;
        }
        let request = || client.get(format!("{base}{address}")).header("cookie", cookie);
        let start = Instant::now();
        let answer = request().send().await.expect("an answer");
        let html = answer.text().await.expect("text");
        let milliseconds = start.elapsed().as_secs_f64() * 1000.0;
        let compressed = request().header("accept-encoding", "br").send().await.expect("an answer");
        let bytes = compressed.bytes().await.expect("bytes").len();
        seen.push(Seen { kind, milliseconds, bytes });
        let links = html.split(" href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        waiting.extend(
            links
                .filter(|link| link.starts_with('/'))
                .map(|link| link.split('#').next().unwrap_or_default().replace("&amp;", "&")),
        );
    }
    seen
}

/// The quantiles of a role's pages, and the slowest page of each of the slowest kinds.
fn tell(role: &str, mut seen: Vec<Seen>) {
    seen.sort_by(|a, b| a.milliseconds.total_cmp(&b.milliseconds));
    let at = |share: usize| seen[(seen.len() * share / 100).min(seen.len() - 1)].milliseconds;
    let largest = seen.iter().max_by_key(|page| page.bytes).expect("a page");
    println!(
        "{role}: {} pages, p50 {:.1} ms, p99 {:.1} ms; largest {} with {} bytes (br)",
        seen.len(),
        at(50),
        at(99),
        largest.kind,
        largest.bytes
    );
    let mut told = BTreeSet::new();
    for page in seen.iter().rev().filter(|page| told.insert(&page.kind)).take(8) {
        println!("    {:.1} ms {} ({} bytes)", page.milliseconds, page.kind, page.bytes);
    }
}

fn main() {
    let directory = tempfile::tempdir().expect("a directory");
    let demo = Demo::start(directory.path(), &[]);
    let _ready = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let plain = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        let client = plain.build().expect("a client");
        let base = format!("http://{}", demo.base);
        tell("public", crawl(&client, &base, "/", "").await);
        for (role, who) in demo.sign_ins.as_object().expect("roles") {
            let text = |name: &str| who[name].as_str().expect("text").to_owned();
            let cookie = sign_in(&client, &base, &text("user"), &text("password")).await;
            tell(role, crawl(&client, &base, "/desk", &cookie).await);
        }
        for asset in ["app", "htmx", "core"] {
            let page = client
                .get(format!("{base}/sign-in"))
                .send()
                .await
                .expect("a page")
                .text()
                .await
                .expect("text");
            let address = page
                .split('"')
                .find(|part| part.starts_with(&format!("/assets/{asset}-")))
                .expect("an asset");
            let request = client.get(format!("{base}{address}")).header("accept-encoding", "br");
            let bytes = request.send().await.expect("an answer").bytes().await.expect("bytes").len();
            println!("{asset}: {bytes} bytes (br)");
        }
    });
}
