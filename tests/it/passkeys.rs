//! Passkeys: added, shown at a sign-in and to prove again who one is, lost; and all that is no passkey of the account.

use std::sync::Arc;

use qianglian::actions::letters::deliver_next;
use qianglian::actions::second_factor::Protection;
use qianglian::domain::access::Role;
use qianglian::domain::passkey::Site;
use serde_json::{Value, json};

use super::mail::Server;
use super::second_factor::set_up;
use super::support::app::{Answer, App, On, PASSWORD, User};
use super::support::authenticator::{
    Authenticator, HAS_EXTENSIONS, HAS_KEY, IS_COPIED, MAY_BE_COPIED, PRESENT, Saying, base64url, bytes,
    cose, head, map, whole,
};
use super::support::browser::Browser;
use super::support::programs::needs;
use super::support::text;

const FACTOR: &str = "/api/v1/me/second-factor";
const PASSKEYS: &str = "/api/v1/me/second-factor/passkeys";
const FURTHER: &str = "/api/v1/login/second-factor";

/// A service at a public address that passkeys can be for.
pub(crate) async fn public(on: On, protection: Protection) -> App {
    let mut app = App::start(on).await;
    app.base = app.also(|service| {
        service.site = Site::at("https://qianglian.example.org").map(Arc::new);
        service.protection = protection;
    });
    app
}

/// A story on both databases.
fn on_each(protection: Protection, story: impl AsyncFn(&App)) {
    for on in On::each() {
        actix_web::rt::System::new().block_on(async {
            let app = public(on, protection).await;
            story(&app).await;
            if !protection.second_factor_required {
                app.look_for_broken_invariants().await;
            }
        });
    }
}

fn of_office() -> Protection {
    Protection::default()
}

pub(crate) async fn add(user: &User<'_>, device: &Authenticator, change: impl FnOnce(&mut Saying)) -> Answer {
    let options = user.get(FACTOR).await.ok()["passkey_to_add"].clone();
    user.post(PASSKEYS, json!({ "name": "蓝色密钥", "credential": device.make(&options, change) })).await
}

/// The first step of a sign-in: what the second factor is asked for with.
async fn asked(app: &App, name: &str) -> Value {
    let login = app.public().post("/api/v1/login", json!({ "name": name, "password": PASSWORD })).await.ok();
    login["second_factor"].clone()
}

async fn further(app: &App, asked: &Value, passkey: Value) -> Answer {
    app.public().post(FURTHER, json!({ "ticket": asked["ticket"], "passkey": passkey })).await
}

/// Why the last passkey that was refused was, as the trail has it.
async fn flaw(app: &App) -> String {
    let supervisor = app.known(Role::Supervisor, None).await;
    let trail = supervisor.get("/api/v1/audit/export").await.text;
    let refused =
        trail.lines().rfind(|line| line.contains("\"reason\":\"wrong_passkey\"")).expect("a refusal");
    text(&serde_json::from_str::<Value>(refused).unwrap()["details"]["flaw"]).to_owned()
}

fn wrong(pointer: &str) -> Vec<(String, String)> {
    vec![(pointer.to_owned(), "wrong_passkey".to_owned())]
}

#[test]
fn a_passkey_signs_in_and_comes_with_recovery_codes_where_it_is_the_first_factor() {
    needs!(OpenSsl);
    on_each(of_office(), async |app| {
        let lead = app.sign_in_as("lead", Role::Applicant, Some("320500")).await;
        let elsewhere = app.sign_in_as("lead", Role::Applicant, Some("320500")).await;
        let mut codes = Vec::new();
        for (number, mut device) in
            [Authenticator::es256(), Authenticator::eddsa(), Authenticator::rs256()].into_iter().enumerate()
        {
            // Of the last there are copies, so it does not count.
            device.copies = number == 2;
            device.counter = u32::from(number != 2);
            let added = add(&lead, &device, |_| ()).await;
            assert_eq!(added.status, 201);
            let added = added.ok();
            let told = added["recovery_codes"].as_array();
            assert_eq!(told.map(Vec::len), (number == 0).then_some(10));
            codes.extend(told.into_iter().flatten().cloned());
            for _ in 0..2 {
                let asked = asked(app, "lead").await;
                assert_eq!(asked["ways"], json!(["passkey", "recovery"]));
                let request = &asked["passkey"];
                assert_eq!(request["allowCredentials"].as_array().unwrap().len(), number + 1);
                assert_eq!(request["rpId"], "qianglian.example.org");
                let handle = lead.get(FACTOR).await.ok()["passkey_to_add"]["user"]["id"].clone();
                let shown =
                    device.show(request, |saying| saying.user_handle = Some(text(&handle).to_owned()));
                let tokens = further(app, &asked, shown).await.ok();
                let user =
                    User { app, token: Some(text(&tokens["access_token"]).to_owned()), name: String::new() };
                assert_eq!(user.get("/api/v1/me").await.ok()["has_second_factor"], true);
                user.post("/api/v1/logout", json!(null)).await.ok();
            }
        }
        elsewhere.get("/api/v1/me").await.refused(401, "invalid_token");
        let factor = lead.get(FACTOR).await.ok();
        assert_eq!((&factor["app"], &factor["recovery_codes_left"]), (&json!(false), &json!(10)));
        let own = factor["passkeys"].as_array().unwrap();
        assert!(own.iter().all(|one| one["name"] == "蓝色密钥" && one["used_at"].is_string()), "{own:?}");
        // The codes are those that came with the first.
        let body = json!({ "ticket": asked(app, "lead").await["ticket"], "recovery_code": codes[7] });
        let tokens = app.public().post(FURTHER, body).await.ok();
        let other = User { app, token: Some(text(&tokens["access_token"]).to_owned()), name: String::new() };
        other.get("/api/v1/me").await.ok();
        // Removed, it signs in no more, and what was signed in elsewhere ends; with the last of them the second factor goes.
        for (left, passkey) in own.iter().enumerate().rev() {
            let path = format!("{PASSKEYS}/{}", text(&passkey["id"]));
            lead.delete(&path).await.ok();
            lead.delete(&path).await.refused(404, "not_found");
            assert_eq!(lead.get("/api/v1/me").await.ok()["has_second_factor"], left > 0);
            other.get("/api/v1/me").await.refused(401, "invalid_token");
        }
        assert_eq!(lead.get(FACTOR).await.ok()["recovery_codes_left"], 0);
        app.sign_in_as("lead", Role::Applicant, Some("320500")).await;
        lead.delete(FACTOR).await.refused(409, "no_second_factor");
    });
}

/// How what a browser says is made another thing.
type Change = (&'static str, fn(&mut Saying));

/// What is wrong with a passkey however it is used.
const ALWAYS: [Change; 20] = [
    ("client_data", |said| said.client_bytes = Some(b"{".to_vec())),
    ("client_data", |said| said.client_bytes = Some(vec![b'['; 2_000])),
    ("client_data", |said| {
        said.client_bytes = Some(said.client.to_string().replacen('{', "{\"type\":\"x\",", 1).into_bytes());
    }),
    ("client_data", |said| said.client["crossOrigin"] = json!("false")),
    ("type", |said| said.client["type"] = json!("payment.get")),
    ("challenge", |said| said.client["challenge"] = json!("")),
    ("challenge", |said| said.client["challenge"] = json!(base64url(&[0; 56]))),
    ("challenge", |said| {
        let other = text(&said.client["challenge"]).to_owned();
        said.client["challenge"] = json!(format!("{}A{}", &other[..5], &other[6..]));
    }),
    ("challenge", |said| {
        // It would last for ever.
        let other = text(&said.client["challenge"]).to_owned();
        said.client["challenge"] = json!(format!("{}_{}", &other[..24], &other[25..]));
    }),
    ("origin", |said| said.client["origin"] = json!("https://qianglian.example.org.evil.org")),
    ("origin", |said| said.client["origin"] = json!("https://qianglian.example.org:8443")),
    ("origin", |said| said.client["origin"] = json!("http://qianglian.example.org")),
    ("origin", |said| said.client["origin"] = json!("https://sub.qianglian.example.org")),
    ("cross_origin", |said| said.client["crossOrigin"] = json!(true)),
    ("cross_origin", |said| said.client["topOrigin"] = json!("https://qianglian.example.org")),
    ("relying_party", |said| said.site = "example.org"),
    ("presence", |said| said.flags &= !PRESENT),
    ("backup", |said| said.flags |= IS_COPIED),
    ("authenticator_data", |said| said.extensions = map(&[])),
    ("authenticator_data", |said| said.flags |= HAS_EXTENSIONS),
];

#[test]
fn what_is_no_passkey_made_for_this_account_here_is_not_added() {
    on_each(of_office(), async |app| {
        const X: [u8; 32] = [7; 32];
        let office = app.sign_in_as("office-0", Role::Office, None).await;
        let device = Authenticator::es256();
        let more: [Change; 20] = [
            ("type", |said| said.client["type"] = json!("webauthn.get")),
            ("authenticator_data", |said| said.flags &= !HAS_KEY),
            ("authenticator_data", |said| {
                said.flags |= HAS_EXTENSIONS;
                // Lists in lists, deeper than any extension.
                said.extensions = [vec![0x81; 20_000 / 8], vec![0]].concat();
            }),
            ("authenticator_data", |said| {
                said.flags |= HAS_EXTENSIONS;
                said.extensions = whole(1);
            }),
            ("authenticator_data", |said| said.attestation = Some(Vec::from([0xa1]))),
            ("authenticator_data", |said| said.attestation = Some(vec![0xbf; 4_000])),
            ("authenticator_data", |said| said.attestation = Some(vec![0x81; 5_000])),
            ("authenticator_data", |said| said.attestation = Some([map(&[]), map(&[])].concat())),
            ("attestation", |said| said.format = [head(3, 6), b"packed".to_vec()].concat()),
            ("attestation", |said| said.statement = map(&[(whole(1), whole(1))])),
            ("credential_id", |said| said.id = Vec::new()),
            ("credential_id", |said| said.id = vec![1; 1024]),
            ("key", |said| said.key = Vec::new()),
            ("key", |said| said.key = vec![0x81; 2_000]),
            ("key", |said| said.key = cose(&[(1, 2), (3, -7), (-1, 1)], &[(-2, &X), (-3, &X[1..])])),
            ("key", |said| said.key = cose(&[(1, 2), (3, -7), (-1, 2)], &[(-2, &X), (-3, &X)])),
            ("key", |said| said.key = cose(&[(1, 3), (3, -257)], &[(-1, &[0xff; 128]), (-2, &[1, 0, 1])])),
            ("key", |said| said.key = cose(&[(1, 3), (3, -257)], &[(-1, &[0xff; 600]), (-2, &[1, 0, 1])])),
            // ES384, and one that nobody has.
            ("algorithm", |said| said.key = cose(&[(1, 2), (3, -35), (-1, 2)], &[(-2, &X), (-3, &X)])),
            ("algorithm", |said| said.key = cose(&[(1, 2), (3, -9_999)], &[(-2, &X)])),
        ];
        for (number, (expected, change)) in ALWAYS.into_iter().chain(more).enumerate() {
            assert_eq!(
                add(&office, &device, change).await.invalid(),
                wrong("/credential"),
                "{number} {expected}"
            );
            assert_eq!(flaw(app).await, expected, "{number}");
        }
        assert_eq!(office.get(FACTOR).await.ok()["passkeys"], json!([]));

        let long = |pointer: &str| vec![(pointer.to_owned(), "length".to_owned())];
        let body = |name: &str, length: usize| {
            let credential = json!({ "client_data": "e30", "attestation": "A".repeat(length) });
            json!({ "name": name, "credential": credential })
        };
        assert_eq!(office.post(PASSKEYS, body("x", 8_001)).await.invalid(), long("/credential/attestation"));
        assert_eq!(office.post(PASSKEYS, body("x", 0)).await.invalid(), long("/credential/attestation"));
        for name in ["", " ", &"x".repeat(41), "a\u{200b}b"] {
            assert_eq!(office.post(PASSKEYS, body(name, 8)).await.invalid()[0].0, "/name", "{name}");
        }
        office.post(PASSKEYS, json!({ "name": "x", "credential": {} })).await.invalid();
        for odd in ["%%%%", "e30=", "e3 0", "e31"] {
            let credential = json!({ "client_data": odd, "attestation": odd });
            let answer = office.post(PASSKEYS, json!({ "name": "x", "credential": credential })).await;
            assert_eq!(answer.invalid(), wrong("/credential"));
            assert_eq!(flaw(app).await, "client_data");
        }

        // Extensions that nobody asked for do no harm, nor does the longest identifier.
        let answer = add(&office, &device, |said| {
            said.flags |= HAS_EXTENSIONS;
            said.extensions = map(&[(bytes(b"credProtect"), whole(2))]);
            said.id = vec![1; 1023];
        });
        answer.await.ok();
    });
}

#[test]
fn what_is_no_passkey_of_this_account_does_not_sign_in() {
    on_each(of_office(), async |app| {
        let office = app.sign_in_as("office-0", Role::Office, None).await;
        let mut device = Authenticator::es256();
        device.counter = 100;
        add(&office, &device, |_| ()).await.ok();
        let other = app.sign_in_as("other", Role::Office, None).await;
        let mut strange = Authenticator::es256();
        add(&other, &strange, |_| ()).await.ok();
        // Each an hour after the one before, so that none is refused for their number.
        let later = || app.clock.set(app.clock.now().plus_seconds(3_601));
        let more: [Change; 12] = [
            ("type", |said| said.client["type"] = json!("webauthn.create")),
            ("authenticator_data", |said| said.flags |= HAS_KEY),
            ("authenticator_data", |said| {
                said.flags |= HAS_EXTENSIONS;
                said.extensions = [vec![0x81; 200], vec![0]].concat();
            }),
            ("backup", |said| said.flags |= MAY_BE_COPIED),
            ("unknown", |said| said.id = vec![9; 32]),
            ("user_handle", |said| said.user_handle = Some("AAAA".to_owned())),
            ("signature", |said| said.spoil = |signature| signature[20] ^= 1),
            ("signature", |said| said.spoil = |signature| signature.truncate(40)),
            ("signature", |said| said.spoil = |signature| signature.push(0)),
            ("counter", |said| said.counter = 100),
            ("counter", |said| said.counter = 99),
            ("counter", |said| said.counter = 0),
        ];
        for (number, (expected, change)) in ALWAYS.into_iter().chain(more).enumerate() {
            later();
            let asked = asked(app, "office-0").await;
            let answer = further(app, &asked, device.show(&asked["passkey"], change)).await;
            assert_eq!(answer.invalid(), wrong("/passkey"), "{number} {expected}");
            assert_eq!(flaw(app).await, expected, "{number}");
        }
        // Somebody else's passkey, by its own name and by this one's.
        let mine = device.id.clone();
        for (expected, id) in [("unknown", strange.id.clone()), ("signature", mine)] {
            later();
            let asked = asked(app, "office-0").await;
            let shown = strange.show(&asked["passkey"], |said| (said.id, said.counter) = (id, 1_000));
            assert_eq!(further(app, &asked, shown).await.invalid(), wrong("/passkey"));
            assert_eq!(flaw(app).await, expected);
        }
        later();
        let first = asked(app, "office-0").await;
        let long = json!({ "credential_id": "A".repeat(1_365), "client_data": "e30", "authenticator_data": "AA", "signature": "AA" });
        let answer = further(app, &first, long).await.invalid();
        assert_eq!(answer, [("/passkey/credential_id".to_owned(), "length".to_owned())]);
        let both = json!({ "ticket": first["ticket"], "code": "123456", "passkey": device.show(&first["passkey"], |_| ()) });
        assert_eq!(app.public().post(FURTHER, both).await.invalid()[0].1, "one_code");
        // After all that it still does.
        further(app, &first, device.show(&first["passkey"], |_| ())).await.ok();
    });
}

#[test]
fn a_challenge_does_once_for_one_account_act_and_session_and_not_for_long() {
    on_each(of_office(), async |app| {
        let office = app.sign_in_as("office-0", Role::Office, None).await;
        let (mut device, spare) = (Authenticator::es256(), Authenticator::eddsa());
        let options = office.get(FACTOR).await.ok()["passkey_to_add"].clone();
        let body = |credential: Value| json!({ "name": "x", "credential": credential });
        office.post(PASSKEYS, body(device.make(&options, |_| ()))).await.ok();
        let again = office.post(PASSKEYS, body(spare.make(&options, |_| ()))).await;
        assert_eq!((again.invalid(), flaw(app).await), (wrong("/credential"), "challenge".to_owned()));
        // Another session of the account, and another account.
        let login = asked(app, "office-0").await;
        let tokens = further(app, &login, device.show(&login["passkey"], |_| ())).await.ok();
        let second = User { app, token: Some(text(&tokens["access_token"]).to_owned()), name: String::new() };
        let other = app.sign_in_as("other", Role::Office, None).await;
        let options = office.get(FACTOR).await.ok()["passkey_to_add"].clone();
        for user in [&second, &other] {
            let answer = user.post(PASSKEYS, body(spare.make(&options, |_| ()))).await;
            assert_eq!((answer.invalid(), flaw(app).await), (wrong("/credential"), "challenge".to_owned()));
        }
        // One for adding, and one for proving who one is, does not sign in, nor the other way round.
        let login = asked(app, "office-0").await;
        for member in ["passkey_to_add", "passkey_to_show"] {
            let options = office.get(FACTOR).await.ok()[member].clone();
            let answer = further(app, &login, device.show(&options, |_| ())).await;
            assert_eq!((answer.invalid(), flaw(app).await), (wrong("/passkey"), "challenge".to_owned()));
        }
        let prove = json!({ "password": PASSWORD, "passkey": device.show(&login["passkey"], |_| ()) });
        let answer = office.post("/api/v1/me/reauthentication", prove).await;
        assert_eq!((answer.invalid(), flaw(app).await), (wrong("/passkey"), "challenge".to_owned()));
        // Nor, in one session, one for adding to prove who one is, or the other way round.
        let factor = office.get(FACTOR).await.ok();
        let prove =
            json!({ "password": PASSWORD, "passkey": device.show(&factor["passkey_to_add"], |_| ()) });
        let answer = office.post("/api/v1/me/reauthentication", prove).await;
        assert_eq!((answer.invalid(), flaw(app).await), (wrong("/passkey"), "challenge".to_owned()));
        let answer = office.post(PASSKEYS, body(spare.make(&factor["passkey_to_show"], |_| ()))).await;
        assert_eq!((answer.invalid(), flaw(app).await), (wrong("/credential"), "challenge".to_owned()));
        // That of another ticket.
        let third = asked(app, "office-0").await;
        let answer = further(app, &third, device.show(&login["passkey"], |_| ())).await;
        assert_eq!((answer.invalid(), flaw(app).await), (wrong("/passkey"), "challenge".to_owned()));
        // What was seen on its way is no good with another ticket, nor once more with its own.
        let seen = device.show(&third["passkey"], |_| ());
        further(app, &third, seen.clone()).await.ok();
        further(app, &third, seen.clone()).await.refused(401, "ticket_not_usable");
        let fourth = asked(app, "office-0").await;
        further(app, &fourth, seen).await.invalid();

        app.at("2026-03-10T11:10:00+08:00");
        let office = {
            let login = asked(app, "office-0").await;
            let tokens = further(app, &login, device.show(&login["passkey"], |_| ())).await.ok();
            User { app, token: Some(text(&tokens["access_token"]).to_owned()), name: String::new() }
        };
        let factor = office.get(FACTOR).await.ok();
        app.at("2026-03-10T11:14:59+08:00");
        let show = |device: &mut Authenticator| device.show(&factor["passkey_to_show"], |_| ());
        let spoilt =
            device.show(&factor["passkey_to_show"], |said| said.spoil = |signature| signature[9] ^= 1);
        let prove = async |passkey: Value| {
            let body = json!({ "password": PASSWORD, "passkey": passkey });
            office.post("/api/v1/me/reauthentication", body).await
        };
        // Used up, though what came with it did not do.
        assert_eq!(
            (prove(spoilt).await.invalid(), flaw(app).await),
            (wrong("/passkey"), "signature".to_owned())
        );
        let answer = prove(show(&mut device)).await;
        assert_eq!((answer.invalid(), flaw(app).await), (wrong("/passkey"), "challenge".to_owned()));
        office.post(PASSKEYS, body(spare.make(&factor["passkey_to_add"], |_| ()))).await.ok();
        let factor = office.get(FACTOR).await.ok();
        app.at("2026-03-10T11:19:59+08:00");
        let shown = device.show(&factor["passkey_to_show"], |_| ());
        let answer = prove(shown).await;
        assert_eq!((answer.invalid(), flaw(app).await), (wrong("/passkey"), "challenge".to_owned()));
        let factor = office.get(FACTOR).await.ok();
        prove(device.show(&factor["passkey_to_show"], |_| ())).await.ok();
    });
}

#[test]
fn a_passkey_is_of_one_account_and_there_are_ten_at_most() {
    on_each(of_office(), async |app| {
        let office = app.sign_in_as("office-0", Role::Office, None).await;
        let other = app.sign_in_as("other", Role::Office, None).await;
        let device = Authenticator::es256();
        add(&office, &device, |_| ()).await.ok();
        for user in [&office, &other] {
            add(user, &device, |_| ()).await.refused(409, "passkey_known");
        }
        let own = office.get(FACTOR).await.ok()["passkeys"][0]["id"].clone();
        other.delete(&format!("{PASSKEYS}/{}", text(&own))).await.refused(404, "not_found");
        let options = office.get(FACTOR).await.ok()["passkey_to_add"].clone();
        assert_eq!(
            options["excludeCredentials"],
            json!([{ "type": "public-key", "id": base64url(&device.id) }])
        );
        for number in 2..=10_u8 {
            add(&office, &device, |said| said.id = vec![number; 16]).await.ok();
        }
        let factor = office.get(FACTOR).await.ok();
        assert_eq!(
            (factor["passkeys"].as_array().unwrap().len(), &factor["passkey_to_add"]),
            (10, &Value::Null)
        );
        let body = json!({ "name": "x", "credential": device.make(&options, |said| said.id = vec![77; 16]) });
        office.post(PASSKEYS, body).await.refused(409, "too_many_passkeys");
    });
}

#[test]
fn passkeys_are_guesses_like_codes() {
    on_each(of_office(), async |app| {
        let office = app.sign_in_as("office-0", Role::Office, None).await;
        let mut device = Authenticator::es256();
        add(&office, &device, |_| ()).await.ok();
        let asked = asked(app, "office-0").await;
        for _ in 0..5 {
            let shown = device.show(&asked["passkey"], |said| said.spoil = |signature| signature[9] ^= 1);
            further(app, &asked, shown).await.invalid();
        }
        let shown = device.show(&asked["passkey"], |_| ());
        further(app, &asked, shown).await.refused(429, "too_many_wrong_codes");
    });
}

#[test]
fn without_a_public_host_name_there_are_none_and_what_there_is_goes_on() {
    actix_web::rt::System::new().block_on(async {
        let app = public(On::Sqlite, of_office()).await;
        let office = app.sign_in_as("office-0", Role::Office, None).await;
        let device = Authenticator::es256();
        let options = office.get(FACTOR).await.ok()["passkey_to_add"].clone();
        add(&office, &device, |_| ()).await.ok();
        let codes = office.post(&format!("{FACTOR}/recovery-codes"), json!(null)).await.ok();
        let mut elsewhere = app;
        elsewhere.base = elsewhere.also(|service| service.site = None);
        let app = &elsewhere;
        let mut office = app.public();
        let asked = asked(app, "office-0").await;
        assert_eq!((&asked["ways"], &asked["passkey"]), (&json!(["recovery"]), &Value::Null));
        let body = json!({ "ticket": asked["ticket"], "recovery_code": codes["recovery_codes"][0] });
        let tokens = app.public().post(FURTHER, body).await.ok();
        office.token = Some(text(&tokens["access_token"]).to_owned());
        let factor = office.get(FACTOR).await.ok();
        assert_eq!((&factor["passkeys_available"], &factor["passkey_to_add"]), (&json!(false), &Value::Null));
        let body = json!({ "name": "x", "credential": device.make(&options, |_| ()) });
        office.post(PASSKEYS, body).await.refused(409, "passkeys_unavailable");
        office.delete(FACTOR).await.ok();
        let browser = Browser::of(app, "office-0").await;
        let page = browser.get("/account/second-factor").await;
        assert!(page.text().contains("没有设置可供通行密钥使用的域名"), "{}", page.text());
        assert!(!page.html.contains("data-passkey"));
    });
}

#[test]
fn a_passkey_fulfils_the_obligation_and_the_last_of_all_stays() {
    let required = Protection { second_factor_required: true, fresh_proof: false };
    on_each(required, async |app| {
        let office = app.sign_in_as("office-0", Role::Office, None).await;
        office.get("/api/v1/experts").await.refused(403, "second_factor_required");
        add(&office, &Authenticator::es256(), |_| ()).await.ok();
        office.get("/api/v1/experts").await.ok();
        let passkey = text(&office.get(FACTOR).await.ok()["passkeys"][0]["id"]).to_owned();
        let path = format!("{PASSKEYS}/{passkey}");
        office.delete(&path).await.refused(409, "second_factor_obligatory");
        office.delete(&format!("{FACTOR}/totp")).await.refused(404, "not_found");
        office.delete(FACTOR).await.refused(409, "second_factor_obligatory");
        set_up(&office).await;
        let factor = office.get(FACTOR).await.ok();
        assert_eq!((&factor["app"], factor["passkeys"].as_array().unwrap().len()), (&json!(true), 1));
        office.delete(&format!("{FACTOR}/totp")).await.ok();
        set_up(&office).await;
        office.delete(&path).await.ok();
        office.delete(&format!("{FACTOR}/totp")).await.refused(409, "second_factor_obligatory");
        office.get("/api/v1/experts").await.ok();
    });
}

#[test]
fn who_has_lost_it_is_let_in_by_a_link_and_owners_are_told_of_all_of_this() {
    on_each(of_office(), async |app| {
        let lead = app.sign_in_as("lead", Role::Applicant, Some("320500")).await;
        let id = text(&lead.get("/api/v1/me").await.ok()["id"]).to_owned();
        let admin = app.sign_in(Role::Admin, None).await;
        let mut device = Authenticator::es256();
        add(&lead, &device, |_| ()).await.ok();
        set_up(&lead).await;
        lead.post(&format!("{FACTOR}/recovery-codes"), json!(null)).await.ok();
        lead.delete(&format!("{FACTOR}/totp")).await.ok();
        let passkey = text(&lead.get(FACTOR).await.ok()["passkeys"][0]["id"]).to_owned();
        add(&lead, &device, |said| said.id = vec![2; 16]).await.ok();
        lead.delete(&format!("{PASSKEYS}/{passkey}")).await.ok();
        lead.delete(FACTOR).await.ok();
        add(&lead, &device, |_| ()).await.ok();

        let path = format!("/api/v1/accounts/{id}/second-factor/reset");
        let link = admin.post(&path, json!(null)).await.ok();
        let accept = json!({ "token": link["link_token"], "password": PASSWORD });
        app.public().post("/api/v1/links/acceptance", accept).await.ok();
        let lead = app.sign_in_as("lead", Role::Applicant, Some("320500")).await;
        assert_eq!(lead.get(FACTOR).await.ok()["passkeys"], json!([]));
        let told = lead.get("/api/v1/me/messages").await.all();
        let told = told.as_array().unwrap().iter();
        let mut told: Vec<(&str, &str)> =
            told.map(|one| (text(&one["kind"]), text(&one["by_name"]))).collect();
        told.sort_unstable();
        let by = |kind| (kind, "lead 同志");
        assert_eq!(
            told,
            [
                by("app_removed"),
                by("app_set"),
                by("codes_renewed"),
                by("factor_cleared"),
                by("factor_removed"),
                by("passkey_added"),
                by("passkey_added"),
                by("passkey_added"),
                by("passkey_removed"),
                ("reset", "admin-0 同志"),
            ]
        );
        let server = Server::start();
        while deliver_next(&app.service, &server.mailer()).await.unwrap() {}
        let letters = server.letters();
        let to_lead = letters.iter().filter(|letter| letter.contains("To: lead@example.org"));
        // And of the invitation.
        assert_eq!(to_lead.count(), told.len() + 1);
        // It can be added anew, to whomever.
        add(&lead, &device, |_| ()).await.ok();
        let asked = asked(app, "lead").await;
        further(app, &asked, device.show(&asked["passkey"], |_| ())).await.ok();
    });
}

#[test]
fn pages_ask_for_a_passkey_beside_what_works_without_a_script() {
    actix_web::rt::System::new().block_on(async {
        let protection = Protection { second_factor_required: false, fresh_proof: true };
        let app = public(On::Sqlite, protection).await;
        let office = app.sign_in_as("office-0", Role::Office, None).await;
        let browser = Browser::of(&app, "office-0").await;
        let page = browser.get("/account/second-factor").await;
        assert!(page.html.contains("/assets/passkey-"), "the script");
        let options = |html: &str| {
            let options = html.split("data-options=\"").nth(1).unwrap().split('"').next().unwrap();
            serde_json::from_str::<Value>(&options.replace("&quot;", "\"")).unwrap()
        };
        let mut device = Authenticator::es256();
        let form = page.form("/act/v1/me/second-factor/passkeys").with("/name", "办公电脑");
        // Sent by hand, without an answer of the browser.
        let without = browser.send(&form.clone()).await;
        assert_eq!(without.status, 422);
        // A long time later who it is has to be shown again, and what the browser made is not lost.
        app.at("2026-03-10T10:20:00+08:00");
        let page = browser.get("/account/second-factor").await;
        let form = page.form("/act/v1/me/second-factor/passkeys").with("/name", "办公电脑");
        let made = device.make(&options(&page.html), |_| ());
        let page = browser.send(&form.with("/credential:json", &made.to_string())).await;
        assert_eq!(page.status, 403);
        let page = browser.send(&page.form("/act/v1/me/reauthentication").with("/password", PASSWORD)).await;
        let codes: Vec<String> =
            page.text().split_whitespace().filter(|word| word.len() == 19).map(str::to_owned).collect();
        assert_eq!((page.status, codes.len()), (200, 10), "{}", page.text());
        let list = browser.get("/account/second-factor").await;
        assert!(list.text().contains("办公电脑") && list.text().contains("未使用"), "{}", list.text());

        // At a sign-in.
        let browser = Browser::new(&app);
        let sign_in = browser.get("/sign-in").await.form("/act/v1/login");
        let sign_in = sign_in.with("/name", "office-0").with("/password", PASSWORD);
        let page = browser.send(&sign_in).await;
        assert!(!page.html.contains("/code:optional"), "there is no app");
        let form = page.form("/act/v1/login/second-factor");
        let spoilt = device.show(&options(&page.html), |said| said.spoil = |signature| signature[9] ^= 1);
        let page = browser.send(&form.with("/passkey:json", &spoilt.to_string())).await;
        assert_eq!(page.status, 422);
        assert!(page.text().contains("签名不正确"), "{}", page.text());
        let form = page.form("/act/v1/login/second-factor");
        assert_eq!(form.value("/passkey:json"), Some(""), "it is not shown again");
        let shown = device.show(&options(&page.html), |_| ());
        let page = browser.send(&form.with("/passkey:json", &shown.to_string())).await;
        assert_eq!((page.status, page.address.as_str()), (200, "/desk"));

        // To show again who one is.
        app.at("2026-03-10T10:40:00+08:00");
        let page = browser.get("/account/second-factor").await;
        let page = browser.send(&page.form("/act/v1/me/second-factor/totp")).await;
        assert_eq!(page.status, 403);
        let form = page.form("/act/v1/me/reauthentication").with("/password", PASSWORD);
        let shown = device.show(&options(&page.html), |_| ());
        let page = browser.send(&form.with("/passkey:json", &shown.to_string())).await;
        assert_eq!(page.status, 200, "{}", page.text());
        assert!(page.html.contains("<svg class=\"qr\""));

        // Without a script there are recovery codes.
        let browser = Browser::new(&app);
        let page = browser.send(&sign_in).await;
        let form = page.form("/act/v1/login/second-factor").with("/recovery_code:optional", &codes[0]);
        let page = browser.send(&form).await;
        assert_eq!((page.status, page.address.as_str()), (200, "/desk"));
        let page = browser.get("/account/second-factor").await;
        let own = page.forms().into_iter().find(|form| form.action.contains("/passkeys/")).unwrap();
        let page = browser.send(&own).await;
        assert!(page.text().contains("未设置"), "{}", page.text());
        office.get("/api/v1/me").await.refused(401, "invalid_token");
    });
}
