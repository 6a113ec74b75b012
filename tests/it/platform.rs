//! Signing in by a platform: against a small provider that lies in every way that it can, in a browser that goes there.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, Header};
use qianglian::domain::access::Role;
use qianglian::oidc::{Platform, Settings};
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding,
    RsaKeyPair, RsaPublicKeyComponents,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::support::app::{App, PASSWORD, on_both};
use super::support::browser::{Browser, Page};
use super::support::programs::needs;
use super::support::text;

const SECRET: &str = "a secret: of 测试";

/// A key of the provider.
struct Key {
    id: &'static str,
    algorithm: Algorithm,
    signs: Signs,
    /// As it is published.
    public: Value,
}

enum Signs {
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    Curve(EcdsaKeyPair),
}

impl Signs {
    fn rsa(encoding: &'static dyn RsaEncoding) -> Self {
        let made = Command::new("openssl").args(["genrsa", "-traditional", "2048"]).output();
        // As PEM, of whose lines the middle ones are DER.
        let pem = String::from_utf8(made.expect("openssl runs").stdout).unwrap();
        let der = STANDARD.decode(pem.lines().filter(|line| !line.starts_with('-')).collect::<String>());
        Self::Rsa(RsaKeyPair::from_der(&der.unwrap()).unwrap(), encoding)
    }

    fn curve() -> Self {
        let (random, algorithm) = (SystemRandom::new(), &ECDSA_P256_SHA256_FIXED_SIGNING);
        let made = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        Self::Curve(EcdsaKeyPair::from_pkcs8(algorithm, made.as_ref(), &random).unwrap())
    }

    fn public(&self) -> Value {
        let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::Rsa(pair, _) => {
                let RsaPublicKeyComponents { n, e } = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public());
                json!({ "kty": "RSA", "n": part(&n), "e": part(&e) })
            }
            Self::Curve(pair) => {
                let point = pair.public_key().as_ref();
                json!({ "kty": "EC", "crv": "P-256", "x": part(&point[1..33]), "y": part(&point[33..]) })
            }
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(pair, encoding) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(*encoding, &random, message, &mut signature).unwrap();
                signature
            }
            Self::Curve(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
        }
    }
}

/// Keys, made once: two of RSA, one on P-256, one of RSA that is too short.
fn keys() -> &'static [Key] {
    static KEYS: OnceLock<Vec<Key>> = OnceLock::new();
    KEYS.get_or_init(|| {
        let key = |id: &'static str, algorithm: Algorithm, signs: Signs| {
            let named = json!({ "kid": id, "use": "sig", "alg": algorithm });
            Key { id, algorithm, public: laid_over(signs.public(), &named), signs }
        };
        let mut short = key("short", Algorithm::RS256, Signs::rsa(&RSA_PKCS1_SHA256));
        // Nobody makes such keys any more; it is refused before any signature is looked at.
        let modulus = URL_SAFE_NO_PAD.decode(short.public["n"].as_str().unwrap()).unwrap();
        short.public["n"] = json!(URL_SAFE_NO_PAD.encode(&modulus[..128]));
        vec![
            key("rsa", Algorithm::RS256, Signs::rsa(&RSA_PKCS1_SHA256)),
            key("pss", Algorithm::PS256, Signs::rsa(&RSA_PSS_SHA256)),
            key("curve", Algorithm::ES256, Signs::curve()),
            short,
        ]
    })
}

/// A token with this header and these claims, by whoever signs.
fn token(header: &Header, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let header = URL_SAFE_NO_PAD.encode(serde_json::to_vec(header).unwrap());
    let message = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
    let signature = URL_SAFE_NO_PAD.encode(sign(message.as_bytes()));
    format!("{message}.{signature}")
}

/// What makes another token of one that is signed.
type Spoil = fn(&str) -> String;

/// How a provider answers.
struct Plan {
    /// Which of [`keys`] signs.
    key: usize,
    /// Which are published.
    published: Vec<usize>,
    /// Laid over the claims of an ID token; null takes one away.
    claims: Value,
    /// What becomes of a token once it is signed.
    spoilt: Spoil,
    /// Laid over what the provider says of itself.
    described: Value,
    /// Answers with this status, whatever is asked.
    down: Option<u16>,
    /// Grants that were given: challenge, nonce, subject.
    grants: BTreeMap<String, (String, String, String)>,
    /// Requests by path.
    asked: BTreeMap<String, usize>,
    now: i64,
}

/// A provider on this machine.
struct Provider {
    issuer: String,
    plan: Arc<Mutex<Plan>>,
}

fn laid_over(mut below: Value, above: &Value) -> Value {
    for (name, value) in above.as_object().unwrap() {
        below[name] = value.clone();
        if value.is_null() {
            below.as_object_mut().unwrap().remove(name);
        }
    }
    below
}

fn as_is(token: &str) -> String {
    token.to_owned()
}

impl Provider {
    fn start(now: i64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let plan = Plan {
            key: 0,
            published: vec![0, 1, 2],
            claims: json!({}),
            spoilt: as_is,
            described: json!({}),
            down: None,
            grants: BTreeMap::new(),
            asked: BTreeMap::new(),
            now,
        };
        let plan = Arc::new(Mutex::new(plan));
        let (shared, own) = (Arc::clone(&plan), issuer.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let _ = answer(stream.unwrap(), &shared, &own);
            }
        });
        Self { issuer, plan }
    }

    fn set(&self, change: impl FnOnce(&mut Plan)) {
        change(&mut self.plan.lock().unwrap());
    }

    fn asked(&self, path: &str) -> usize {
        self.plan.lock().unwrap().asked.get(path).copied().unwrap_or(0)
    }

    /// Somebody says who they are at the address where a browser was sent: the address that it comes back to.
    fn authorize(&self, page: &Page, subject: &str) -> String {
        let address = reqwest::Url::parse(&page.headers["location"]).expect("a whole address");
        assert!(address.as_str().starts_with(&format!("{}/authorize?", self.issuer)), "{address}");
        let query: BTreeMap<String, String> = address.query_pairs().into_owned().collect();
        assert_eq!(query["response_type"], "code");
        assert_eq!(query["client_id"], "qianglian");
        assert_eq!(query["code_challenge_method"], "S256");
        assert!(query["scope"].split(' ').any(|scope| scope == "openid"));
        let mut plan = self.plan.lock().unwrap();
        let code = format!("code-{}", plan.grants.len());
        let grant = (query["code_challenge"].clone(), query["nonce"].clone(), subject.to_owned());
        plan.grants.insert(code.clone(), grant);
        let back = reqwest::Url::parse(&query["redirect_uri"]).unwrap();
        format!("{}?code={code}&state={}", back.path(), query["state"])
    }
}

fn answer(stream: TcpStream, plan: &Mutex<Plan>, issuer: &str) -> std::io::Result<()> {
    let mut read = BufReader::new(stream.try_clone()?);
    let mut first = String::new();
    read.read_line(&mut first)?;
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let (mut length, mut authorization) = (0, String::new());
    loop {
        let mut line = String::new();
        read.read_line(&mut line)?;
        let Some((name, value)) = line.trim().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap(),
            "authorization" => value.clone_into(&mut authorization),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    read.read_exact(&mut body)?;
    let mut plan = plan.lock().unwrap();
    *plan.asked.entry(path.clone()).or_default() += 1;
    let (status, body) = match (plan.down, path.as_str()) {
        (Some(status), _) => (status, "{}".to_owned()),
        (None, "/.well-known/openid-configuration") => {
            let described = json!({
                "issuer": issuer,
                "authorization_endpoint": format!("{issuer}/authorize"),
                "token_endpoint": format!("{issuer}/token"),
                "jwks_uri": format!("{issuer}/keys"),
                "code_challenge_methods_supported": ["plain", "S256"],
            });
            (200, laid_over(described, &plan.described).to_string())
        }
        (None, "/keys") => {
            let published: Vec<&Value> = plan.published.iter().map(|index| &keys()[*index].public).collect();
            let mut published = serde_json::to_value(published).unwrap();
            published.as_array_mut().unwrap().insert(0, json!({ "kty": "new", "kid": "of-no-known-kind" }));
            (200, json!({ "keys": published }).to_string())
        }
        (None, "/token") => match exchanged(&mut plan, issuer, &authorization, &body) {
            Some(token) => {
                (200, json!({ "id_token": token, "access_token": "x", "token_type": "Bearer" }).to_string())
            }
            None => (400, json!({ "error": "invalid_grant" }).to_string()),
        },
        _ => (404, String::new()),
    };
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// An ID token for a code, which is good once.
fn exchanged(plan: &mut Plan, issuer: &str, authorization: &str, body: &[u8]) -> Option<String> {
    let form: BTreeMap<String, String> = form_urlencoded::parse(body).into_owned().collect();
    let secret: String = form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
    assert_eq!(authorization, format!("Basic {}", STANDARD.encode(format!("qianglian:{secret}"))));
    let (challenge, nonce, subject) = plan.grants.remove(form.get("code")?)?;
    assert_eq!(URL_SAFE_NO_PAD.encode(Sha256::digest(&form["code_verifier"])), challenge);
    let claims = json!({
        "iss": issuer, "aud": "qianglian", "sub": subject, "nonce": nonce, "name": "张三",
        "iat": plan.now, "exp": plan.now + 300,
    });
    let claims = laid_over(claims, &plan.claims);
    let key = &keys()[plan.key];
    let mut header = Header::new(key.algorithm);
    header.kid = Some(key.id.to_owned());
    let token = token(&header, &claims, |message| key.signs.sign(message));
    Some((plan.spoilt)(&token))
}

/// The service with a platform: where, and the platform.
fn served(app: &App) -> (String, Provider) {
    let provider = Provider::start(app.clock.now().seconds());
    let issuer = provider.issuer.clone();
    let base = app.also_by_platform(|public_url| Settings {
        issuer,
        client_id: "qianglian".to_owned(),
        client_secret: SECRET.to_owned(),
        name: "省统一认证平台".to_owned(),
        public_url,
    });
    (base, provider)
}

/// Somebody whose account is linked to a subject of the provider.
async fn linked<'a>(base: &'a str, provider: &Provider, name: &str, subject: &str) -> Browser<'a> {
    let browser = Browser::of_at(base, name).await;
    let away = browser.step("/account/platform/go").await;
    let page = browser.get(&provider.authorize(&away, subject)).await;
    assert_eq!(page.address, "/account/platform/confirm", "{}", page.text());
    assert!(page.text().contains("张三"), "{}", page.text());
    let done = browser.send(&page.form("/act/v1/me/platform").with("/password", PASSWORD)).await;
    assert_eq!(done.address, "/account/platform", "{}", done.text());
    assert!(done.text().contains("解除关联"), "{}", done.text());
    browser
}

/// Signs in by the platform in a new browser; where that ends.
async fn signed_in(base: &str, provider: &Provider, subject: &str) -> Page {
    let browser = Browser::at(base);
    let away = browser.step("/sign-in/platform?next=/account").await;
    browser.get(&provider.authorize(&away, subject)).await
}

on_both! {
    async fn who_has_a_second_factor_is_asked_for_it_after_the_platform_too(app) {
        needs!(OpenSsl);
        let (base, provider) = served(&app);
        let owner = app.sign_in(Role::Applicant, Some("320500")).await;
        linked(&base, &provider, "applicant-320500", "subject-1").await;
        crate::second_factor::set_up(&owner).await;
        let page = signed_in(&base, &provider, "subject-1").await;
        assert_eq!(page.status, 200, "{}", page.text());
        assert!(page.text().contains("第一步已通过"), "{}", page.text());
        page.form("/act/v1/login/second-factor");
    }

    async fn an_account_is_linked_by_its_owner_and_signed_in_to_by_the_platform(app) {
        needs!(OpenSsl);
        let (base, provider) = served(&app);
        app.sign_in(Role::Applicant, Some("320500")).await;
        app.sign_in(Role::Applicant, Some("320600")).await;
        // Nobody is let in for being known to the platform, and nothing is made for them.
        let page = signed_in(&base, &provider, "subject-1").await;
        assert_eq!(page.status, 403);
        assert!(page.text().contains("未关联") && page.text().contains("系统管理员"), "{}", page.text());

        let owner = linked(&base, &provider, "applicant-320500", "subject-1").await;
        let page = signed_in(&base, &provider, "subject-1").await;
        assert_eq!((page.status, page.address.as_str()), (200, "/account"), "{}", page.text());
        assert!(page.text().contains("applicant-320500"), "{}", page.text());
        let me = app.sign_in(Role::Applicant, Some("320500")).await;
        assert!(me.get("/api/v1/me/messages").await.text.contains("\"linked\""));

        // One subject, one account; one account, one subject.
        let taken = Browser::of_at(&base, "applicant-320600").await;
        let away = taken.step("/account/platform/go").await;
        let page = taken.get(&provider.authorize(&away, "subject-1")).await;
        let page = taken.send(&page.form("/act/v1/me/platform").with("/password", PASSWORD)).await;
        assert!(page.text().contains("该平台身份已关联了一个账号"), "{}", page.text());
        let away = owner.step("/account/platform/go").await;
        let page = owner.get(&provider.authorize(&away, "subject-2")).await;
        let page = owner.send(&page.form("/act/v1/me/platform").with("/password", PASSWORD)).await;
        assert!(page.text().contains("请先解除关联"), "{}", page.text());

        // Who only found a session open can't link it.
        let away = taken.step("/account/platform/go").await;
        let page = taken.get(&provider.authorize(&away, "subject-3")).await;
        let page = taken.send(&page.form("/act/v1/me/platform").with("/password", "wrong")).await;
        assert!(page.text().contains("现密码不正确"), "{}", page.text());

        // A disabled account is out, and so is a reset one: its link ends with its password.
        let admin = app.sign_in(Role::Admin, None).await;
        let id = text(&me.get("/api/v1/me").await.ok()["id"]).to_owned();
        let change = async |change: Value| {
            let now = admin.get(&format!("/api/v1/accounts/{id}")).await.ok();
            admin.over("PATCH", &format!("/api/v1/accounts/{id}"), &now["revision"], change).await.ok();
        };
        change(json!({ "enabled": false })).await;
        assert_eq!(signed_in(&base, &provider, "subject-1").await.status, 403);
        change(json!({ "enabled": true })).await;
        assert_eq!(signed_in(&base, &provider, "subject-1").await.status, 200);
        admin.post(&format!("/api/v1/accounts/{id}/reset"), json!(null)).await.ok();
        assert_eq!(signed_in(&base, &provider, "subject-1").await.status, 403);

        // Ended by its owner.
        let other = linked(&base, &provider, "applicant-320600", "subject-1").await;
        assert_eq!(signed_in(&base, &provider, "subject-1").await.status, 200);
        let page = other.send(&other.get("/account/platform").await.form("/act/v1/me/platform")).await;
        assert!(page.text().contains("已解除关联"), "{}", page.text());
        assert_eq!(signed_in(&base, &provider, "subject-1").await.status, 403);
    }

    async fn what_does_not_prove_who_somebody_is_lets_nobody_in(app) {
        needs!(OpenSsl);
        let (base, provider) = served(&app);
        app.sign_in(Role::Applicant, Some("320500")).await;
        drop(linked(&base, &provider, "applicant-320500", "subject-1").await);
        let refused = async |what: &str| {
            let page = signed_in(&base, &provider, "subject-1").await;
            assert_eq!(page.status, 400, "{what}: {}", page.text());
            assert!(page.text().contains("没有确认您的身份"), "{what}: {}", page.text());
        };
        let accepted = async |what: &str| {
            let page = signed_in(&base, &provider, "subject-1").await;
            assert_eq!((page.status, page.address.as_str()), (200, "/account"), "{what}: {}", page.text());
        };
        for (index, what) in ["RS256", "PS256", "ES256"].iter().enumerate() {
            provider.set(|plan| plan.key = index);
            accepted(what).await;
        }
        provider.set(|plan| plan.key = 0);
        let now = app.clock.now().seconds();
        let claims = [
            ("another audience", json!({ "aud": "somebody-else" })),
            ("no audience", json!({ "aud": [] })),
            ("ours among others, for another", json!({ "aud": ["qianglian", "x"], "azp": "x" })),
            ("ours among others, for nobody in particular", json!({ "aud": ["qianglian", "x"] })),
            ("for another", json!({ "azp": "x" })),
            ("another issuer", json!({ "iss": "https://elsewhere.example.org" })),
            ("nearly the issuer", json!({ "iss": format!("{}/", provider.issuer) })),
            ("another nonce", json!({ "nonce": "x" })),
            ("no nonce", json!({ "nonce": null })),
            ("expired", json!({ "iat": now - 400, "exp": now - 61 })),
            ("no end", json!({ "exp": null })),
            ("no beginning", json!({ "iat": null })),
            ("long ago", json!({ "iat": now - 601, "exp": now + 3_600 })),
            ("of tomorrow", json!({ "iat": now + 86_400, "exp": now + 90_000 })),
            ("not yet", json!({ "nbf": now + 300 })),
            ("nobody", json!({ "sub": "" })),
            ("no subject", json!({ "sub": null })),
        ];
        for (what, claims) in claims {
            provider.set(|plan| plan.claims = claims);
            refused(what).await;
        }
        for (what, claims) in [
            ("a clock that is behind", json!({ "iat": now - 340, "exp": now - 40 })),
            ("a list of one", json!({ "aud": ["qianglian"] })),
            ("ours among others", json!({ "aud": ["x", "qianglian"], "azp": "qianglian" })),
        ] {
            provider.set(|plan| plan.claims = claims);
            accepted(what).await;
        }
        provider.set(|plan| plan.claims = json!({}));
        let spoilt: [(&str, Spoil); 6] = [
            ("another content", |token| with(token, None, Some(json!({ "sub": "subject-1" })))),
            ("no signature", |token| token.rsplit_once('.').unwrap().0.to_owned() + "."),
            ("alg none", |token| {
                let none = with(token, Some(json!({ "alg": "none" })), None);
                none.rsplit_once('.').unwrap().0.to_owned() + "."
            }),
            ("HS256 with the public key", hs256),
            ("something critical", |token| with(token, Some(json!({ "crit": ["exp"] })), None)),
            ("another key of the same kind", |token| with(token, Some(json!({ "kid": "pss" })), None)),
        ];
        for (what, spoil) in spoilt {
            provider.set(|plan| plan.spoilt = spoil);
            refused(what).await;
        }
        provider.set(|plan| plan.spoilt = as_is);
        accepted("nothing spoilt").await;
        // A key that is too short, though it is published.
        app.clock.set(app.clock.now().plus_seconds(61));
        provider.set(|plan| (plan.key, plan.published, plan.now) = (3, vec![0, 3], now + 61));
        refused("a short key").await;
    }

    async fn a_key_that_is_not_known_is_looked_for_once_a_minute(app) {
        needs!(OpenSsl);
        let (base, provider) = served(&app);
        app.sign_in(Role::Applicant, Some("320500")).await;
        provider.set(|plan| plan.published = vec![0]);
        drop(linked(&base, &provider, "applicant-320500", "subject-1").await);
        assert_eq!(provider.asked("/keys"), 1);
        provider.set(|plan| plan.key = 1);
        for _ in 0..3 {
            assert_eq!(signed_in(&base, &provider, "subject-1").await.status, 400);
        }
        assert_eq!(provider.asked("/keys"), 1, "they were read a moment ago");
        let now = app.clock.now().plus_seconds(60);
        app.clock.set(now);
        provider.set(|plan| (plan.published, plan.now) = (vec![0, 1], now.seconds()));
        assert_eq!(signed_in(&base, &provider, "subject-1").await.status, 200);
        assert_eq!(provider.asked("/keys"), 2);
        provider.set(|plan| plan.key = 2);
        assert_eq!(signed_in(&base, &provider, "subject-1").await.status, 400);
        assert_eq!((provider.asked("/keys"), provider.asked("/.well-known/openid-configuration")), (2, 1));
    }

    async fn a_trip_ends_once_in_the_browser_where_it_began(app) {
        needs!(OpenSsl);
        let (base, provider) = served(&app);
        app.sign_in(Role::Applicant, Some("320500")).await;
        drop(linked(&base, &provider, "applicant-320500", "subject-1").await);
        let over = |page: &Page, what: &str| {
            assert_eq!(page.status, 400, "{what}");
            assert!(page.text().contains("请重新开始"), "{what}: {}", page.text());
            assert!(!page.headers.get("set-cookie").is_some_and(|cookie| cookie.starts_with("__Host-qianglian=")), "{what}");
        };
        // Somebody is led to end what another has begun.
        let attacker = Browser::at(&base);
        let back = provider.authorize(&attacker.step("/sign-in/platform").await, "subject-1");
        let victim = Browser::at(&base);
        over(&victim.get(&back).await, "no cookie");
        victim.step("/sign-in/platform").await;
        over(&victim.get(&back).await, "the cookie of another trip");
        // Sent there by another site, a browser does not even set out.
        let page = victim.led_from("/sign-in/platform", "cross-site").await;
        assert_eq!(page.headers["location"], "/sign-in");

        let browser = Browser::at(&base);
        let back = provider.authorize(&browser.step("/sign-in/platform?next=//elsewhere.example.org/").await, "subject-1");
        over(&browser.get(&back.replace("state=", "state=x")).await, "another state");
        let ticket = browser.cookies.lock().unwrap().clone();
        let page = browser.get(&back).await;
        assert_eq!((page.status, page.address.as_str()), (200, "/desk"), "{}", page.text());
        assert!(!browser.cookies.lock().unwrap().contains_key("__Host-qianglian-platform"), "it was used");
        over(&browser.get(&back).await, "a second time");
        // Also with the cookie kept aside, and a code that the provider would take.
        let again = Browser::at(&base);
        again.cookies.lock().unwrap().extend(ticket);
        let state = back.split_once("state=").unwrap().1;
        over(&again.get(&format!("/sign-in/platform/return?code=code-0&state={state}")).await, "replayed");

        let late = Browser::at(&base);
        let back = provider.authorize(&late.step("/sign-in/platform").await, "subject-1");
        app.clock.set(app.clock.now().plus_seconds(601));
        over(&late.get(&back).await, "too late");
        // An answer that says to be another platform's.
        let mixed = Browser::at(&base);
        let back = provider.authorize(&mixed.step("/sign-in/platform").await, "subject-1");
        assert_eq!(mixed.get(&format!("{back}&iss=https%3A%2F%2Felsewhere.example.org")).await.status, 400);
        // The person says no there.
        let denied = Browser::at(&base);
        let back = provider.authorize(&denied.step("/sign-in/platform").await, "subject-1");
        let state = back.split_once("state=").unwrap().1;
        let page = denied.get(&format!("/sign-in/platform/return?error=access_denied&state={state}")).await;
        assert_eq!(page.status, 400);
        // What one session brought back is nothing to another.
        app.sign_in(Role::Applicant, Some("320600")).await;
        let one = Browser::of_at(&base, "applicant-320500").await;
        let back = provider.authorize(&one.step("/account/platform/go").await, "subject-9");
        one.step(&back).await;
        let other = Browser::of_at(&base, "applicant-320600").await;
        let proof = one.cookies.lock().unwrap()["__Host-qianglian-platform"].clone();
        other.cookies.lock().unwrap().insert("__Host-qianglian-platform".to_owned(), proof);
        over(&other.get("/account/platform/confirm").await, "another's proof");
    }

    async fn a_platform_that_is_down_or_strange_leaves_the_password(app) {
        needs!(OpenSsl);
        for (what, described, down) in [
            ("down", json!({}), Some(503)),
            ("redirects", json!({}), Some(302)),
            ("another issuer", json!({ "issuer": "https://elsewhere.example.org" }), None),
            ("no PKCE", json!({ "code_challenge_methods_supported": ["plain"] }), None),
            ("keys elsewhere in the clear", json!({ "jwks_uri": "http://elsewhere.example.org/keys" }), None),
            ("too much", json!({ "more": "x".repeat(300_000) }), None),
        ] {
            let (base, provider) = served(&app);
            provider.set(|plan| (plan.described, plan.down) = (described, down));
            let browser = Browser::at(&base);
            let page = browser.step("/sign-in/platform").await;
            assert_eq!(page.status, 503, "{what}");
            assert!(page.text().contains("仍可用登录名和密码登录"), "{what}: {}", page.text());
            browser.step("/sign-in/platform").await;
            assert_eq!(provider.asked("/.well-known/openid-configuration"), 1, "{what}: left alone for a moment");
            app.sign_in(Role::Office, None).await;
            drop(Browser::of_at(&base, "office-0").await);
        }
    }
}

/// A token with other headers or claims under the same signature.
fn with(token: &str, header: Option<Value>, claims: Option<Value>) -> String {
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    for (index, over) in [header, claims].into_iter().enumerate() {
        let Some(over) = over else { continue };
        let now: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(&parts[index]).unwrap()).unwrap();
        let mut changed = laid_over(now, &over);
        changed["changed"] = json!(true);
        parts[index] = URL_SAFE_NO_PAD.encode(changed.to_string());
    }
    parts.join(".")
}

/// A token that is signed with what everybody can read, as if it were a secret.
fn hs256(token: &str) -> String {
    let claims = token.split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    let public = serde_json::to_string(&keys()[0].public).unwrap();
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some("rsa".to_owned());
    let secret = hmac::Key::new(hmac::HMAC_SHA256, public.as_bytes());
    self::token(&header, &claims, |message| hmac::sign(&secret, message).as_ref().to_vec())
}

#[test]
fn settings_that_would_not_be_safe_are_refused() {
    let clock = qianglian::clock::Clock::machine();
    let settings = |issuer: &str, public_url: &str| Settings {
        issuer: issuer.to_owned(),
        client_id: "qianglian".to_owned(),
        client_secret: "geheim".to_owned(),
        name: "平台".to_owned(),
        public_url: public_url.to_owned(),
    };
    let (issuer, public) = ("https://login.example.org/realms/a", "https://qianglian.example.org");
    assert!(Platform::new(settings(issuer, public), &clock).is_ok());
    assert!(Platform::new(settings("http://127.0.0.1:3000", "http://localhost:8080"), &clock).is_ok());
    for (issuer, public) in [
        ("http://login.example.org", public),
        ("https://user:pass@login.example.org", public),
        ("https://login.example.org?x", public),
        ("nonsense", public),
        (issuer, "http://qianglian.example.org"),
        (issuer, "https://qianglian.example.org/"),
        (issuer, "https://qianglian.example.org/path"),
    ] {
        let wrong = Platform::new(settings(issuer, public), &clock).map(drop).unwrap_err();
        assert!(!wrong.contains("geheim"), "{issuer} {public}: {wrong}");
    }
}
