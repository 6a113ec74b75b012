//! Photographs: who gets them with what they say of place, time and device, and who gets a copy without it.

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use qianglian::domain::access::Role;
use qianglian::files::{Broken, FileStream, MediaType, Photo, examine_photo};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::damage::behind_its_back;
use super::made_files::{TELLING, exif, jpeg, plain_jpeg, plain_png, png, telling_jpeg, telling_png};
use super::support::app::{App, User, content_digest, on_both};
use super::support::browser::Browser;
use super::support::review::{at_scoring, expert_name, on_notice, plan, review_settings, serving, team};
use super::support::story::{BIOMEDICINE, KUNSHAN, SUZHOU, SUZHOU_PARK, called, complete, draft, submit};
use super::support::text;

fn tells(bytes: &[u8]) -> Vec<String> {
    let is_there = |mark: &&&[u8]| bytes.windows(mark.len()).any(|there| there == **mark);
    TELLING.iter().filter(is_there).map(|mark| String::from_utf8_lossy(mark).into_owned()).collect()
}

/// What somebody gets at an address, whose headers must be of what is sent however it is asked for.
async fn got(app: &App, user: &User<'_>, path: &str) -> Vec<u8> {
    let url = format!("{}{path}", app.base);
    let ask =
        |method: reqwest::Method| app.client.request(method, &url).bearer_auth(user.token.as_ref().unwrap());
    let answer = ask(reqwest::Method::GET).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let headers = answer.headers().clone();
    let bytes = answer.bytes().await.unwrap().to_vec();
    assert_eq!(headers["content-length"], bytes.len().to_string());
    assert_eq!(headers["repr-digest"], content_digest(&bytes));
    let digest = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&bytes));
    assert_eq!(headers["etag"], format!("\"{}\"", &digest[..32]));
    // A part is one of the same bytes.
    let part = ask(reqwest::Method::GET).header("range", "bytes=2-5").send().await.unwrap();
    assert_eq!((part.status().as_u16(), &part.headers()["repr-digest"]), (206, &headers["repr-digest"]));
    assert_eq!(part.headers()["content-range"], format!("bytes 2-5/{}", bytes.len()));
    assert_eq!(*part.bytes().await.unwrap(), bytes[2..6]);
    let again = ask(reqwest::Method::GET).header("if-none-match", &headers["etag"]).send().await.unwrap();
    assert_eq!((again.status().as_u16(), again.bytes().await.unwrap().len()), (304, 0));
    let head = ask(reqwest::Method::HEAD).header("range", "bytes=0-3").send().await.unwrap();
    assert_eq!(head.status(), 200);
    for name in ["content-length", "repr-digest", "content-type"] {
        assert_eq!(head.headers()[name], headers[name], "{name}");
    }
    bytes
}

/// Compares what somebody gets of a picture, over the API and on pages, with what it should be.
async fn gets(app: &App, user: &User<'_>, id: &str, original: &[u8], copy: Option<&[u8]>) {
    let said = user.get(&format!("/api/v1/evidence/{id}")).await.ok();
    let wanted = copy.unwrap_or(original);
    assert!(
        got(app, user, &format!("/api/v1/evidence/{id}/content")).await == wanted,
        "{} {said}",
        user.name
    );
    assert_eq!(said["is_copied"], copy.is_some(), "{}", user.name);
    assert_eq!(said["digest"], hex::encode(Sha256::digest(original)), "always of what was uploaded");
    let browser = Browser::of(app, &user.name).await;
    let shown = browser.get(&format!("/evidence/{id}/inline")).await;
    assert_eq!(shown.headers["repr-digest"], content_digest(wanted));
    assert_eq!(shown.headers["content-length"], wanted.len().to_string());
    let page = browser.get(&format!("/evidence/{id}")).await.text();
    if copy.is_some() {
        assert_eq!(said["photo"], Value::Null);
        let digest = hex::encode(Sha256::digest(wanted));
        assert_eq!(said["copy"], json!({ "size": wanted.len(), "digest": digest }));
        assert!(
            page.contains("原件摘要")
                && page.contains(&digest)
                && page.contains("去除了位置、时间和设备信息的副本"),
            "{page}"
        );
        assert!(!page.contains("北纬") && !page.contains("HUAWEI"), "{page}");
    } else {
        assert_eq!(said["copy"], Value::Null);
        assert_eq!(
            said["photo"],
            json!({
                "taken": { "local": "2026-05-26T10:11:12", "offset_minutes": 480 },
                "location": { "latitude": "31.298974", "longitude": "120.584306" },
                "device": "HUAWEI ALN-AL00",
            })
        );
        assert!(page.contains("拍摄时间 2026年5月26日10:11:12"), "{page}");
        assert!(
            page.contains("地点 北纬31.29897° 东经120.58431°") && page.contains("设备 HUAWEI ALN-AL00"),
            "{page}"
        );
        assert!(!page.contains("副本"), "{page}");
    }
}

async fn take(user: &User<'_>, application: &str, name: &str, bytes: &[u8]) -> String {
    let path = format!("/api/v1/applications/{application}/inspection/photos?name={name}");
    let digest = content_digest(bytes);
    let taken =
        user.send_bytes("POST", &path, Some(bytes.to_vec()), &[("content-digest", &digest)]).await.ok();
    text(&taken["id"]).to_owned()
}

async fn expert_account(app: &App, name: &str) -> String {
    text(&app.known_as(name, Role::Expert, None).await.get("/api/v1/me").await.ok()["id"]).to_owned()
}

/// A draft with a partner.
async fn joint_draft(lead: &User<'_>, id: &str) -> String {
    let application = draft(lead, id, BIOMEDICINE).await;
    let path = format!("/api/v1/applications/{application}");
    let now = lead.get(&path).await.ok();
    let members =
        json!({ "lead_role": "core", "members": [{ "region_code": KUNSHAN, "role": "coordinated" }] });
    lead.over("PUT", &format!("{path}/members"), &now["revision"], members).await.ok();
    application
}

on_both! {
    async fn those_who_judge_see_a_photograph_and_those_who_inspect_where_and_when_it_was_taken(app) {
        let competition = at_scoring(&app, review_settings()).await;
        let application = &competition.applications[0];
        let panel = serving(&app, &competition).await;
        let outside = (1..=8).map(expert_name).find(|name| !panel.contains(name)).unwrap();
        let mut members = team(&app).await;
        for name in [&panel[0], &outside] {
            members.push((name.clone(), expert_account(&app, name).await));
        }
        let office = app.known(Role::Office, None).await;
        let at = format!("/api/v1/applications/{application}/inspection");
        office.over("PUT", &format!("{at}/plan"), &json!(0), plan(&members)).await.ok();
        let inspector = app.known_as("inspector-1", Role::Office, None).await;
        let gate = take(&inspector, application, "gate.jpg", &telling_jpeg()).await;
        let hall = take(&inspector, application, "hall.png", &telling_png()).await;
        let bare = take(&inspector, application, "bare.png", &png(5, 5)).await;
        for (id, original, copy) in
            [(&gate, telling_jpeg(), plain_jpeg()), (&hall, telling_png(), plain_png())]
        {
            for (name, role, copied) in [
                ("inspector-1", Role::Office, false),
                ("inspector-2", Role::Office, false),
                ("office", Role::Office, false),
                ("supervisor", Role::Supervisor, false),
                (&*panel[0], Role::Expert, false),
                (&*outside, Role::Expert, false),
                (&*panel[1], Role::Expert, true),
            ] {
                let user = app.known_as(name, role, None).await;
                gets(&app, &user, id, &original, copied.then_some(&copy)).await;
            }
        }
        assert!(tells(&telling_jpeg()).len() == TELLING.len() && tells(&plain_jpeg()).is_empty());
        assert!(tells(&telling_png()).len() > 6 && tells(&plain_png()).is_empty());
        // A list says of the photographs what each says by itself, and to nobody else.
        let list = format!("/api/v1/applications/{application}/evidence");
        let item = |list: &Value, id: &str| {
            list["items"].as_array().unwrap().iter().find(|item| item["id"] == id).unwrap().clone()
        };
        let seen = inspector.get(&list).await.ok();
        assert_eq!(item(&seen, &gate)["photo"]["device"], "HUAWEI ALN-AL00");
        assert_eq!(item(&seen, &bare)["photo"], json!({ "taken": null, "location": null, "device": null }));
        let judge = app.known_as(&panel[1], Role::Expert, None).await;
        let seen = judge.get(&list).await.ok();
        assert_eq!((&item(&seen, &gate)["photo"], &item(&seen, &gate)["is_copied"]), (&Value::Null, &json!(true)));
        let sheet = Browser::of(&app, &panel[1]).await.get(&format!("/applications/{application}/sheet")).await.text();
        assert!(sheet.contains("去除了位置、时间和设备信息的副本"), "{sheet}");
        // The page of the inspection says it beside each, and points out what is of another day or of none.
        for page in ["inspection", "inspection/record"] {
            let page = Browser::of(&app, "inspector-1").await.get(&format!("/applications/{application}/{page}")).await;
            let page = page.text();
            assert_eq!(page.matches("拍摄时间 2026年5月26日10:11:12").count(), 2, "{page}");
            assert!(page.contains("照片未带拍摄时间") && page.contains("照片未带位置信息"), "{page}");
            assert_eq!(page.matches("无拍摄时间").count(), 1, "{page}");
            assert!(!page.contains("不在考察日期内"), "{page}");
        }
        let page = Browser::of(&app, &panel[1]).await.get(&format!("/applications/{application}/inspection")).await.text();
        assert!(!page.contains("拍摄时间") && !page.contains("现场照片"), "{page}");
        let mut later = plan(&members);
        (later["from"], later["until"]) = (json!("2026-05-27"), json!("2026-05-28"));
        let now = office.get(&at).await.ok();
        office.over("PUT", &format!("{at}/plan"), &now["revision"], later).await.ok();
        let page = Browser::of(&app, "inspector-1").await.get(&format!("/en/applications/{application}/inspection")).await.text();
        assert_eq!(page.matches("Not of the planned days").count(), 2, "{page}");
        assert!(page.contains("N 31.29897°, E 120.58431°"), "{page}");
    }

    async fn members_and_the_city_get_copies_of_the_leads_photographs(app) {
        let id = called(&app).await;
        let lead = app.known(Role::Applicant, Some(SUZHOU_PARK)).await;
        let application = joint_draft(&lead, &id).await;
        let photo = lead.upload(&application, "other", "plant.jpg", &telling_jpeg()).await.ok();
        assert_eq!((&photo["is_copied"], &photo["photo"]), (&json!(false), &Value::Null));
        complete(&lead, &application).await;
        let member = app.known(Role::Applicant, Some(KUNSHAN)).await;
        let path = format!("/api/v1/applications/{application}");
        member.post(&format!("{path}/consents"), json!({ "given": true, "signatory": "主任" })).await.ok();
        submit(&lead, &application).await;
        let (photo, original, copy) = (text(&photo["id"]).to_owned(), telling_jpeg(), plain_jpeg());
        for (role, region, copied) in [
            (Role::Applicant, Some(SUZHOU_PARK), false),
            (Role::Applicant, Some(KUNSHAN), true),
            (Role::CityReviewer, Some(SUZHOU), true),
            (Role::Office, None, false),
            (Role::Supervisor, None, false),
        ] {
            let user = app.known(role, region).await;
            gets(&app, &user, &photo, &original, copied.then_some(&*copy)).await;
            let page = Browser::of(&app, &user.name).await.get(&format!("/applications/{application}/evidence")).await;
            assert_eq!(page.text().contains("去除了位置、时间和设备信息的副本"), copied);
        }
    }

    async fn a_broken_picture_is_given_to_others_not_at_all(app) {
        let id = called(&app).await;
        let lead = app.known(Role::Applicant, Some(SUZHOU_PARK)).await;
        let application = joint_draft(&lead, &id).await;
        // None such is taken in any more: a chunk that reaches beyond the end.
        let mut broken = telling_png();
        broken[33..37].copy_from_slice(&u32::MAX.to_be_bytes());
        let told = lead.upload(&application, "other", "a.png", &broken).await.invalid();
        assert_eq!(told[0].1, "type_mismatch");
        // One of before, as it would lie in the store.
        let photo = lead.upload(&application, "other", "a.png", &telling_png()).await.ok();
        let digest = hex::encode(Sha256::digest(&broken));
        let cache = app.directory.path().join("evidence").join(&digest[..2]);
        std::fs::create_dir_all(&cache).unwrap();
        std::fs::write(cache.join(&digest), &broken).unwrap();
        behind_its_back(&app, "evidence", &format!("UPDATE evidence SET digest = '{digest}', size = {}", broken.len()));
        let content = format!("/api/v1/evidence/{}/content", text(&photo["id"]));
        assert!(got(&app, &lead, &content).await == broken);
        let member = app.known(Role::Applicant, Some(KUNSHAN)).await;
        let refused = member.get(&content).await.refused(409, "photo_withheld");
        assert!(text(&refused["detail"]).contains("文件结构已损坏"), "{refused}");
        let browser = Browser::of(&app, &member.name).await;
        assert_eq!(browser.get(&format!("/evidence/{}/inline", text(&photo["id"]))).await.status, 409);
        let page = browser.get(&format!("/evidence/{}", text(&photo["id"]))).await;
        assert!(page.text().contains("这张图片不能向您显示") && !page.links().contains(&content), "{}", page.text());
    }

    async fn a_lead_without_a_name_is_not_found_by_its_photograph(app) {
        let competition = on_notice(&app, review_settings()).await;
        for (anonymous, copy) in [(true, plain_jpeg()), (false, telling_jpeg())] {
            let mut body = json!({
                "application_id": competition.applications[0],
                "content": { "kind": "facts", "text": "营业收入与年报不符，见所附照片" },
                "objector": { "name": "赵实名", "contact": "13900000000", "unit": "某公司" },
            });
            if anonymous {
                body.as_object_mut().unwrap().remove("objector");
            }
            let path = format!("/api/v1/competitions/{}/objections", competition.id);
            let receipt = app.public().post(&path, body).await.ok();
            let digest = content_digest(&telling_jpeg());
            let headers = [("content-digest", &*digest), ("objection-code", text(&receipt["code"]))];
            let file = app.public().send_bytes("POST", "/api/v1/objection-files?name=a.jpg", Some(telling_jpeg()), &headers).await.ok();
            let supervisor = app.known(Role::Supervisor, None).await;
            let content = format!("/api/v1/objection-files/{}/content", text(&file["id"]));
            assert!(got(&app, &supervisor, &content).await == copy);
        }
    }
}

fn file(bytes: &[u8], piece: usize) -> FileStream {
    let pieces: Vec<_> = bytes.chunks(piece).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    FileStream { size: bytes.len() as u64, stream: stream::iter(pieces).boxed() }
}

async fn examined(bytes: &[u8], kind: MediaType) -> Result<Photo, Broken> {
    examine_photo(file(bytes, 7), kind).await.unwrap()
}

/// The copy of a picture, put together of the picture in pieces of this size.
async fn copied(photo: &Photo, bytes: &[u8], piece: usize) -> Vec<u8> {
    let copy = photo.copy.of(file(bytes, piece));
    let pieces: Vec<Bytes> = copy.stream.map(|piece| piece.unwrap()).collect().await;
    let whole = pieces.concat();
    assert_eq!(whole.len() as u64, photo.copy.size);
    assert_eq!(Sha256::digest(&whole).as_slice(), photo.copy.digest.as_bytes());
    whole
}

type Made = fn() -> Vec<u8>;

const BOTH: [(Made, Made, MediaType); 2] =
    [(telling_jpeg, plain_jpeg, MediaType::Jpeg), (telling_png, plain_png, MediaType::Png)];

#[tokio::test]
async fn a_copy_is_the_same_whatever_the_pieces_and_a_copy_of_itself() {
    for (telling, plain, kind) in BOTH {
        let photo = examined(&telling(), kind).await.unwrap();
        for piece in [1, 2, 3, 7, 64, 10_000] {
            assert!(copied(&photo, &telling(), piece).await == plain(), "{kind:?} {piece}");
        }
        let again = examined(&plain(), kind).await.unwrap();
        assert!(copied(&again, &plain(), 5).await == plain());
        let facts = again.facts;
        assert_eq!((facts.taken, facts.location, facts.device), (None, None, None));
    }
}

#[tokio::test]
async fn a_copy_is_not_whole_before_all_of_its_file_was_read() {
    let bytes = telling_jpeg();
    let photo = examined(&bytes, MediaType::Jpeg).await.unwrap();
    let mut damaged = file(&bytes, 1_000_000);
    damaged.stream = damaged.stream.chain(stream::iter([Err(std::io::Error::other("damaged"))])).boxed();
    let pieces: Vec<_> = photo.copy.of(damaged).stream.collect().await;
    assert!(pieces.last().unwrap().is_err());
    let given: usize = pieces.iter().flatten().map(Bytes::len).sum();
    assert!((given as u64) < photo.copy.size);
}

#[tokio::test]
async fn whatever_is_cut_or_changed_is_broken_or_tells_nothing() {
    for (telling, _, kind) in BOTH {
        let whole = telling();
        for length in 0..whole.len() {
            if let Ok(photo) = examined(&whole[..length], kind).await {
                // Behind the end of a JPEG anything may be missing.
                assert!(kind == MediaType::Jpeg && length >= whole.len() - 28, "{kind:?} {length}");
                assert!(tells(&copied(&photo, &whole[..length], 50).await).is_empty());
            }
        }
        for at in 0..whole.len() {
            for change in [0x01, 0x20, 0x80, 0xff] {
                let mut changed = whole.clone();
                changed[at] ^= change;
                if let Ok(photo) = examined(&changed, kind).await {
                    let copy = copied(&photo, &changed, 50).await;
                    assert!(tells(&copy).is_empty(), "{kind:?} {at} {change}: {:?}", tells(&copy));
                    examined(&copy, kind).await.unwrap();
                }
            }
        }
    }
}

#[tokio::test]
async fn metadata_made_to_be_read_for_ever_are_not() {
    // Directories that lead to themselves, fields without end, values that reach beyond, counts that are immense.
    let jpeg_with = |exif: &[u8]| {
        let plain = jpeg(3, 4);
        let content = [b"Exif\0\0", exif].concat();
        let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
        [&plain[..2], b"\xff\xe1", &length, &content, &plain[2..]].concat()
    };
    let mut all_ones = exif();
    for at in 8..all_ones.len() {
        let kept = std::mem::replace(&mut all_ones[at], 0xff);
        let photo = examined(&jpeg_with(&all_ones), MediaType::Jpeg).await.unwrap();
        assert!(tells(&copied(&photo, &jpeg_with(&all_ones), 99).await).is_empty());
        all_ones[at] = kept;
    }
    let pointers: Vec<u8> = b"MM\0*\0\0\0\x08"
        .iter()
        .copied()
        .chain([0x87, 0x69, 0, 4, 0, 0, 0, 1].into_iter().cycle().take(60_000))
        .collect();
    examined(&jpeg_with(&pointers), MediaType::Jpeg).await.unwrap();
    // A picture of very many parts is not one that a camera made.
    let plain = png(3, 4);
    let parts = b"\0\0\0\0sBIT\x66\x6d\xe8\x61\0\0\0\0teXt\0\0\0\0".repeat(20_000);
    let many = [&plain[..33], &*parts, &plain[33..]].concat();
    assert_eq!(examined(&many, MediaType::Png).await, Err(Broken));
}
