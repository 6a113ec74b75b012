//! A browser without scripts: it keeps cookies, follows links, and fills in forms as they stand in the page.

use std::collections::BTreeMap;
use std::sync::Mutex;

use scraper::{ElementRef, Html, Selector};

use super::app::{App, PASSWORD};

/// A browser.
pub(crate) struct Browser<'a> {
    base: &'a str,
    client: reqwest::Client,
    pub(crate) cookies: Mutex<BTreeMap<String, String>>,
}

/// A page as it came.
pub(crate) struct Page {
    pub(crate) status: u16,
    /// Its address, after what it was sent on to.
    pub(crate) address: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) html: String,
}

/// A form of a page, with what its fields hold.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    pub(crate) action: String,
    pub(crate) fields: Vec<(String, String)>,
    /// The names of all its fields, also of those that would not be sent as they stand.
    pub(crate) names: Vec<String>,
}

fn select(css: &str) -> Selector {
    Selector::parse(css).expect("a selector")
}

impl<'a> Browser<'a> {
    /// A browser in which nobody has signed in.
    pub(crate) fn new(app: &'a App) -> Self {
        Self::at(&app.base)
    }

    /// The same, at another service over the same database.
    pub(crate) fn at(base: &'a str) -> Self {
        let client = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0);
        let client = client.redirect(reqwest::redirect::Policy::none());
        let client = client.build().expect("a client");
        Self { base, client, cookies: Mutex::default() }
    }

    /// A browser in which somebody signs in, by the form.
    pub(crate) async fn of(app: &'a App, name: &str) -> Self {
        Self::of_at(&app.base, name).await
    }

    /// The same, at another service over the same database.
    pub(crate) async fn of_at(base: &'a str, name: &str) -> Self {
        let browser = Self::at(base);
        let form = browser.get("/sign-in").await.form("/act/v1/login");
        let desk = browser.send(&form.with("/name", name).with("/password", PASSWORD)).await;
        assert_eq!((desk.status, desk.address.as_str()), (200, "/desk"), "{}", desk.html);
        browser
    }

    /// A page, after what it is sent on to.
    pub(crate) async fn get(&self, address: &str) -> Page {
        let mut address = address.to_owned();
        for _ in 0..5 {
            let request = self.client.get(format!("{}{address}", self.base));
            let page = self.ask(request, &address).await;
            match page.headers.get("location").filter(|_| page.status == 303) {
                Some(next) => address.clone_from(next),
                None => return page,
            }
        }
        panic!("{address} leads in circles");
    }

    /// A page, or where it leads, which is not gone to.
    pub(crate) async fn step(&self, address: &str) -> Page {
        self.ask(self.client.get(format!("{}{address}", self.base)), address).await
    }

    /// The same, where a page of this or another site led here.
    pub(crate) async fn led_from(&self, address: &str, site: &str) -> Page {
        let request = self.client.get(format!("{}{address}", self.base)).header("sec-fetch-site", site);
        self.ask(request, address).await
    }

    /// Sends a form, and goes where it leads: whoever is asked to read what follows first reads it, and confirms it.
    pub(crate) async fn send(&self, form: &Form) -> Page {
        let page = self.first(form).await;
        let confirmation = page.forms().into_iter().find(|form| form.value("_confirm").is_some());
        match confirmation {
            Some(confirmation) => self.first(&confirmation).await,
            None => page,
        }
    }

    /// Sends a form, and goes where it leads, which may be a page that asks to confirm what follows.
    pub(crate) async fn first(&self, form: &Form) -> Page {
        let request = self
            .client
            .post(format!("{}{}", self.base, form.action))
            .header("origin", self.base)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form_urlencoded::Serializer::new(String::new()).extend_pairs(&form.fields).finish());
        self.arrive(request, &form.action).await
    }

    /// Sends a form with files, which are parts of one name: file name and bytes.
    pub(crate) async fn upload(&self, form: &Form, files: &[(&str, &[u8])]) -> Page {
        self.upload_as("file", form, files).await
    }

    /// The same under another name.
    pub(crate) async fn upload_as(&self, field: &str, form: &Form, files: &[(&str, &[u8])]) -> Page {
        const BOUNDARY: &str = "----a-boundary-of-the-tests";
        let mut body = Vec::new();
        for (name, value) in &form.fields {
            let part =
                format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        for (name, bytes) in files {
            let head = format!(
                "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
                 content-type: application/octet-stream\r\n\r\n"
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        let request = self
            .client
            .post(format!("{}{}", self.base, form.action))
            .header("origin", self.base)
            .header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"))
            .body(body);
        self.arrive(request, &form.action).await
    }

    async fn arrive(&self, request: reqwest::RequestBuilder, address: &str) -> Page {
        let page = self.ask(request, address).await;
        match page.headers.get("location").filter(|_| page.status == 303) {
            Some(next) => {
                let next = self.get(&next.clone()).await;
                next.says_where_it_is();
                next
            }
            None => page,
        }
    }

    async fn ask(&self, request: reqwest::RequestBuilder, address: &str) -> Page {
        let cookies = self.cookies.lock().unwrap().clone();
        let line: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = if line.is_empty() { request } else { request.header("cookie", line.join("; ")) };
        let response = request.header("accept", "text/html").send().await.expect("an answer");
        for cookie in response.headers().get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            let (name, rest) = cookie.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            let mut kept = self.cookies.lock().unwrap();
            if rest.contains("Max-Age=0") {
                kept.remove(name);
            } else {
                kept.insert(name.to_owned(), value.to_owned());
            }
        }
        let status = response.status().as_u16();
        let headers = response.headers().iter();
        let headers = headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("").to_owned()))
            .collect();
        Page {
            status,
            address: address.to_owned(),
            headers,
            html: response.text().await.expect("a whole page"),
        }
    }
}

/// Pages (with what is below them) of which no step is waited for after an act: one's own account, lists, the pool of
/// experts, an objection whose code is not kept, the page that takes a code.
const NO_WHEREABOUTS: &[&str] = &[
    "/account",
    "/accounts/forgotten-passwords",
    "/links",
    "/experts",
    "/objections",
    "/health",
    "/clock",
    "/sign-in",
    "/accept-link",
];

impl Page {
    /// What an act has led to says where the thing is now, who has it, until when, and what follows.
    fn says_where_it_is(&self) {
        let address = self.address.strip_prefix("/en").unwrap_or(&self.address);
        let address = address.split('?').next().unwrap_or_default();
        let told = self.html.contains("现在到哪一步") || self.html.contains("Where it is now");
        let acted = self.html.contains("class=\"flash\"");
        let apart = |page: &str| {
            address.strip_prefix(page).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        assert!(
            !acted || told || NO_WHEREABOUTS.iter().any(|page| apart(page)),
            "{address} doesn't say where it is"
        );
    }

    fn document(&self) -> Html {
        Html::parse_document(&self.html)
    }

    /// The text of its main part.
    pub(crate) fn text(&self) -> String {
        let document = self.document();
        let main = document.select(&select("main")).next().expect("a main part");
        main.text().collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The text of its main part but for what stands there as code: digests, codes to be copied.
    pub(crate) fn prose(&self) -> String {
        let (document, code) = (self.document(), select("code, script, style, textarea"));
        let Some(main) = document.select(&select("main")).next() else { return String::new() };
        let coded: Vec<_> =
            main.select(&code).flat_map(|part| part.descendants()).map(|node| node.id()).collect();
        let texts = main.descendants().filter(|node| !coded.contains(&node.id()));
        texts.filter_map(|node| node.value().as_text()).map(|text| &**text).collect::<Vec<_>>().join(" ")
    }

    /// The cells of the rows of its tables, heads of rows included.
    pub(crate) fn rows(&self) -> Vec<Vec<String>> {
        let (document, rows, cells) = (self.document(), select("main tbody tr"), select("th, td"));
        let text = |cell: ElementRef<'_>| {
            let text = cell.text().collect::<Vec<_>>().join(" ");
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        document.select(&rows).map(|row| row.select(&cells).map(text).collect()).collect()
    }

    /// What it complains about.
    pub(crate) fn complaints(&self) -> String {
        self.told_in(".errors, .error, .saved")
    }

    /// The same without the names of the fields that it is about, which are the page's own words.
    pub(crate) fn bare_complaints(&self) -> String {
        self.told_in(".errors h2, .errors .told, .error, .saved")
    }

    fn told_in(&self, parts: &str) -> String {
        let (document, told) = (self.document(), select(parts));
        document.select(&told).flat_map(|part| part.text()).collect::<Vec<_>>().join(" ")
    }

    /// The addresses that it links to, in this service.
    pub(crate) fn links(&self) -> Vec<String> {
        let document = self.document();
        let linking = select("a[href], link[href], img[src], iframe[src]");
        let links = document.select(&linking);
        let addresses = links.filter_map(|link| link.attr("href").or(link.attr("src")));
        addresses.filter(|address| address.starts_with('/')).map(str::to_owned).collect()
    }

    /// The pages that buttons of its forms lead to once the form is done.
    pub(crate) fn steps(&self) -> Vec<String> {
        let leading = select("button[name=_next]");
        let document = self.document();
        document.select(&leading).filter_map(|button| button.attr("value")).map(str::to_owned).collect()
    }

    /// All of its forms.
    pub(crate) fn forms(&self) -> Vec<Form> {
        self.document().select(&select("form")).map(|form| form_of(&form)).collect()
    }

    /// The form of an act.
    #[track_caller]
    pub(crate) fn form(&self, action: &str) -> Form {
        let found = self.forms().into_iter().find(|form| form.action == action);
        found.unwrap_or_else(|| {
            let all: Vec<String> = self.forms().into_iter().map(|form| form.action).collect();
            panic!("{} has no form for {action}, but {all:?}: {}", self.address, self.text())
        })
    }
}

fn form_of(form: &ElementRef) -> Form {
    let mut fields = Vec::new();
    for field in form.select(&select("input[name], textarea[name], select[name]")) {
        let name = field.attr("name").unwrap().to_owned();
        let kind = field.attr("type").unwrap_or_default();
        if kind == "file" || (matches!(kind, "radio" | "checkbox") && field.attr("checked").is_none()) {
            continue;
        }
        let value = match field.value().name() {
            "textarea" => {
                let text: String = field.text().collect();
                text.strip_prefix('\n').unwrap_or(&text).to_owned()
            }
            "select" => {
                let chosen = field.select(&select("option[selected]")).next();
                let first = || field.select(&select("option")).next();
                chosen.or_else(first).and_then(|option| option.attr("value")).unwrap_or_default().to_owned()
            }
            _ => field.attr("value").unwrap_or_default().to_owned(),
        };
        fields.push((name, value));
    }
    let names =
        form.select(&select("[name]")).filter_map(|field| Some(field.attr("name")?.to_owned())).collect();
    Form { action: form.attr("action").unwrap_or_default().to_owned(), fields, names }
}

impl Form {
    /// The form with something entered into a field.
    #[track_caller]
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// What a field holds.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}
