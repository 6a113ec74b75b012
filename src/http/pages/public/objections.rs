//! Objections: the form on a notice, the receipt that is shown once, evidence, and where an objection stands.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::super::fields::Fields;
use super::super::parts::notice as banner;
use super::super::prelude::*;
use super::super::whereabouts::of_objection;
use super::notices::{Running, channels, running};
use crate::actions::notices;
use crate::actions::objections::{ObjectionReceiptView, ObjectionStatusView};
use crate::domain::notice::Notice;
use crate::domain::objection::{ObjectionKind, ObjectionState};
use crate::domain::scan::ScanState;

/// What is taken as evidence, as browsers are told.
const ACCEPTED: &str = ".pdf,.docx,.xlsx,.png,.jpg,.jpeg";

pub(super) fn pages() -> Vec<PageRoute> {
    vec![page("/objections", Action::ReadPublic, objections)]
}

pub(super) fn reveals() -> Vec<Reveal> {
    vec![
        Reveal {
            method: Method::Post,
            path: "/api/v1/competitions/{competition_id}/objections",
            show: receipt,
        },
        Reveal {
            method: Method::Post,
            path: "/api/v1/competitions/{competition_id}/objections/registrations",
            show: receipt,
        },
        Reveal { method: Method::Post, path: "/api/v1/objections/status", show: status },
        Reveal { method: Method::Post, path: "/api/v1/objections/confirmations", show: status },
    ]
}

/// How to object to a name on a notice: the form while one may, else why not.
pub(super) fn section(request: &PageRequest, notice: &Notice) -> Markup {
    html! {
        section.screen {
            h2 id="object" { (request.t("提出异议", "Object")) }
            @match running(request, notice) {
                _ if request.still => (elsewhere(request, notice)),
                Running::Ahead => p { (request.t("公示期尚未开始，届时可在此提出异议。", "The period has not begun; once it has, one may object here.")) },
                Running::Over => p {
                    (request.t("公示期已结束，逾期的异议不予受理。已提出的异议", "The period is over and late objections are not accepted. Look up one that was filed "))
                    a href=(request.link("/objections")) { (request.t("可凭查询码查询", "by its code")) } (request.t("。", "."))
                },
                Running::Now => (by_name(request, notice)),
            }
        }
    }
}

/// What a page says that no server answers.
fn elsewhere(request: &PageRequest, notice: &Notice) -> Markup {
    html! {
        p { (request.t(
            "本页是静态副本，不能在此提交。公示期内如有异议，请向以下渠道书面、实名反映：",
            "This page is a copy that takes nothing in. While the period runs, object in writing and under your real name here:",
        )) }
        (channels(notice))
    }
}

fn act(notice: &Notice) -> String {
    format!("/api/v1/competitions/{}/objections", notice.competition)
}

fn by_name(request: &PageRequest, notice: &Notice) -> Markup {
    let form = request.form(Method::Post, act(notice));
    let lead = request.link(&format!("/notices/{}/lead", notice.competition));
    html! {
        ul {
            li { (request.t("请实名、书面提出，写明事实和依据；单位提出的写明单位全称。", "Object in writing and under your real name, with facts and basis; for a unit give its full name.")) }
            li { (request.t("您的姓名、联系方式和原文只有领导小组办公室和纪检监督可见，申报单位看不到。", "Your name, your contact and your words are seen by the office and the supervisors alone, never by the applicant.")) }
            li { (request.t("提出后不能修改或撤回；办公室按所留联系方式核实到您本人，或受理之后，至办结前，所涉名称暂不公布，其余照常。", "What is sent can't be changed or taken back. Once the office has reached you, or has accepted it, the name that it is about is held back until it is decided, and no other.")) }
            li { (request.t("提交后显示一次查询码，凭它补充材料、查询办理情况。", "Afterwards a code is shown once: by it you add evidence and follow the objection.")) }
        }
        (form.render(&html! {
            (matter(request, &form, notice))
            (form.field(&Field::text("/objector/name", request.t("真实姓名", "Your real name")).complete("name").required().medium()))
            (form.field(&Field::text("/objector/contact", request.t("联系方式", "How to reach you"))
                .hint(request.t("电话、地址或电子邮箱，用于核实和答复；留电子邮箱的，可凭邮件中的确认码即时核实。", "Telephone, address or e-mail, for questions and the reply; an e-mail address can be confirmed at once by the code of a letter.")).required()))
            (form.field(&Field::text("/objector/unit", request.t("所代表的单位", "On behalf of the unit"))))
            (form.button("提交异议", "Send the objection"))
        }))
        p {
            (request.t("不愿署名？可以", "Not under your name? You may give "))
            a href=(lead) { (request.t("匿名反映线索", "an anonymous lead")) }
            (request.t("，由纪检监督处理；匿名的不作为异议受理。", " to the supervisors; it is no objection."))
        }
    }
}

/// What is objected, and to which name.
pub(in crate::http::pages) fn matter(request: &PageRequest, form: &Form, notice: &Notice) -> Markup {
    let names = notice
        .entries
        .iter()
        .map(|entry| (entry.application.to_string(), format!("{}（{}）", entry.title, entry.parties())));
    let choose = (String::new(), request.t("请选择", "Choose").to_owned());
    let kinds = ObjectionKind::ALL
        .iter()
        .map(|kind| (kind.as_str().to_owned(), kind.in_language(request.language).to_owned()));
    html! {
        (form.field(&Field::select("/application_id", request.t("所涉名称", "The name that it is about"), std::iter::once(choose).chain(names)).required()))
        (form.field(&Field::radios("/content/kind", request.t("事由", "What it is about"), kinds).value(ObjectionKind::Facts.as_str()).required()))
        (form.field(&Field::area("/content/text", request.t("事实和依据", "Facts and basis"), 8)
            .hint(request.t("10至10000字。请写明时间、地点、数据和来源。", "10 to 10,000 characters: when, where, which figures, from which source.")).required()))
    }
}

/// A lead without a name, for the supervisors.
pub(super) fn anonymous(request: &PageRequest, notice: &Notice) -> Markup {
    if request.still {
        return elsewhere(request, notice);
    }
    let form = request.form(Method::Post, act(notice));
    html! {
        (banner(Tone::Warning, &html! { p { (request.t(
            "匿名反映不是异议：不阻止公布，也不答复，只作为线索转纪检监督。要得到受理和答复，请实名提出异议。",
            "An anonymous lead is no objection: it holds nothing back and is not replied to; it goes to the supervisors. To be heard and answered, object under your name.",
        )) } }))
        p.muted { (request.t(
            "不记录您是谁；与所有请求一样，会记下来源网络地址，只有纪检监督可读。",
            "Who you are is not recorded; as with every request, the network address that it came from is, for the supervisors alone.",
        )) }
        @if running(request, notice) == Running::Now {
            (form.render(&html! {
                (matter(request, &form, notice))
                (form.button("提交线索", "Send the lead"))
            }))
        } @else {
            p { (request.t("现在不在公示期内，不能在此提交。", "The period does not run now; nothing can be sent here.")) }
        }
    }
}

async fn objections(request: Rc<PageRequest>) -> Result<Page> {
    let views = notices::list(&request.service).await?;
    let open: Vec<&Notice> = views
        .iter()
        .map(|view| &view.notice)
        .filter(|notice| request.still || running(&request, notice) == Running::Now)
        .collect();
    let content = html! {
        p.lead { (request.t(
            "公示期内，任何人可以对公示名单上的名称实名提出异议。",
            "While a list is on notice, anybody may object under their name to a name on it.",
        )) }
        h2 { (if request.still { request.t("公示与反映渠道", "Notices, and where to object") } else { request.t("现在可以提出异议的公示", "Notices that run now") }) }
        @if open.is_empty() {
            (empty(&html! { p {
                (request.t("现在没有公示期内的名单。", "No list is on notice now. ")) a href=(request.link("/notices")) { (request.t("查看全部公示", "See all notices")) }
            } }))
        } @else {
            ul {
                @for notice in &open {
                    li {
                        a href=(request.link(&format!("/notices/{}", notice.competition))) { (&notice.title) }
                        (request.t("（", " (")) (request.t("截止 ", "until ")) (request.time(notice.deadline)) (request.t("）", ")"))
                        @if request.still { (channels(notice)) }
                    }
                }
            }
        }
        (procedure(&request))
        @if !request.still { (follow(&request)) }
    };
    Ok(Page::new(request.t("异议", "Objections"), content)
        .crumb("/", request.t("首页", "Home"))
        .data("/api/v1/notices"))
}

fn procedure(request: &PageRequest) -> Markup {
    html! {
        h2 { (request.t("怎样办理", "How it is dealt with")) }
        ol {
            @if !request.still { li { (request.t("提交后得到编号和查询码。", "You get a number and a code.")) } }
            li { (request.t("领导小组办公室决定是否受理；不受理的说明理由。", "The office decides whether to accept it; where it does not, it says why.")) }
            li { (request.t("受理后核查，必要时询问申报单位，但不透露是谁提出的。", "It is looked into; the applicant may be asked, but never learns who objects.")) }
            li { (request.t("在期限内答复：成立或不成立。成立的，该名称不公布。", "It is answered in time: found true or not. Where it is true, the name is not announced.")) }
        }
        p { (request.t(
            "申报单位对评审结果本身有不同看法的，不属异议，由申报单位申请复核。",
            "An applicant who disagrees with the result itself asks for a re-check instead.",
        )) }
    }
}

/// Looking an objection up, and adding to it.
fn follow(request: &PageRequest) -> Markup {
    let look_up = request.form(Method::Post, "/api/v1/objections/status");
    let add = request.form(Method::Post, "/api/v1/objection-files").files().done(
        "材料已收到，随异议交领导小组办公室；可凭查询码查询。",
        "The evidence has been received and goes to the office with the objection; look it up by the code.",
    );
    let code = request.t("查询码", "Code");
    let hint = request.t(
        "回执上的两组字符，如 ABCDE-FGHJK，不分大小写。",
        "Two groups of characters on the receipt, like ABCDE-FGHJK; upper or lower case.",
    );
    html! {
        h2 id="status" { (request.t("查询办理情况", "See where it stands")) }
        (look_up.render(&html! {
            (look_up.field(&Field::text("/code", code).hint(hint).required().medium()))
            (look_up.button("查询", "Look up"))
        }))
        (confirm(request, ""))
        h2 id="evidence" { (request.t("补充材料", "Add evidence")) }
        (add.render(&html! {
            (add.field(&Field::text("_objection_code", code).hint(hint).required().medium()))
            (add.field(&Field::files("file", request.t("文件", "Files"), ACCEPTED)
                .hint(request.t("pdf、docx、xlsx、png 或 jpeg；每件异议至多5个，每个至多20 MiB；办结之前。不具名的，图片中的位置、时间和设备信息先去除再供查阅；其他文件可能含作者姓名，请自行检查。", "pdf, docx, xlsx, png or jpeg; at most 5 with one objection, 20 MiB each; until it is decided. Of a lead without a name, place, time and device are removed from pictures before anybody sees them; other files may name their author, so look yourself.")).required()))
            (add.button("上传", "Upload"))
        }))
    }
}

/// Entering the code of a letter; the code of the receipt is there where it is known.
fn confirm(request: &PageRequest, known: &str) -> Markup {
    let form = request.form(Method::Post, "/api/v1/objections/confirmations");
    html! {
        h2 id="confirm" { (request.t("确认邮箱", "Confirm your address")) }
        p { (request.t(
            "所留联系方式中有电子邮箱、系统又能发邮件的，会收到一封带确认码的邮件。填写确认码后，无须等办公室联系，异议即暂缓该名称公布。",
            "Where the contact has an e-mail address and the service sends mail, a letter with a code goes to it. Once the code is entered the objection holds its name back, without the office having to reach you.",
        )) }
        (form.render(&html! {
            (form.field(&Field::text("/code", request.t("查询码", "Code")).value(known).required().medium()))
            (form.field(&Field::text("/mailed_code", request.t("邮件中的确认码", "Code of the letter")).required().medium()))
            (form.button("确认", "Confirm"))
        }))
    }
}

/// An answer of the API as its own type.
fn of<T: DeserializeOwned>(reply: &Value) -> Result<T> {
    T::deserialize(reply).map_err(|error| Error::internal(error.to_string()))
}

fn state(request: &PageRequest, state: ObjectionState) -> Markup {
    let tone = match state {
        ObjectionState::Received | ObjectionState::Lead => Tone::Warning,
        ObjectionState::Accepted | ObjectionState::Investigating => Tone::Active,
        ObjectionState::Upheld | ObjectionState::Dismissed => Tone::Good,
        ObjectionState::Refused | ObjectionState::Noted => Tone::Neutral,
    };
    tag(state.in_language(request.language), tone)
}

fn receipt(request: &PageRequest, _: &Fields, reply: &Value) -> Result<Page> {
    let receipt: ObjectionReceiptView = of(reply)?;
    let lead = receipt.state == ObjectionState::Lead;
    let content = html! {
        (banner(Tone::Good, &html! { p {
            (if lead { request.t("线索已收到，转纪检监督。", "The lead has been received and goes to the supervisors.") }
             else { request.t("异议已收到。", "The objection has been received.") })
        } }))
        section.paper {
            (facts(&[
                (request.t("编号", "Number"), html! { (receipt.number) }),
                (request.t("公示", "Notice"), html! { (receipt.notice_title) }),
                (request.t("所涉名称", "The name that it is about"), html! { (receipt.name) }),
                (request.t("收到时间", "Received"), request.time(receipt.received_at)),
                (request.t("状态", "State"), state(request, receipt.state)),
            ]))
            h2 { (request.t("查询码", "Code")) }
            p.secret { (receipt.code) }
            p { strong { (request.t(
                "查询码只显示这一次，系统不保存原文，遗失无法补发。请打印或抄下本页。",
                "The code is shown this once; it is not stored and can't be given again. Print this page or write the code down.",
            )) } }
        }
        (of_objection(request, receipt.state, receipt.due_at, receipt.mailed).block(request))
        @if receipt.mailed { (confirm(request, &receipt.code)) }
        (print_button(request))
        p {
            (request.t("凭查询码可以", "By the code you can "))
            a href=(request.link("/objections#evidence")) { (request.t("补充材料", "add evidence")) }
            (request.t("、", " and "))
            a href=(request.link("/objections#status")) { (request.t("查询办理情况", "see where it stands")) }
            (request.t("。", "."))
        }
    };
    let title = if lead {
        request.t("线索回执", "Receipt of a lead")
    } else {
        request.t("异议回执", "Receipt of an objection")
    };
    Ok(Page::new(title, content).crumb("/objections", request.t("异议", "Objections")))
}

fn status(request: &PageRequest, _: &Fields, reply: &Value) -> Result<Page> {
    let view: ObjectionStatusView = of(reply)?;
    let mut rows = vec![
        (request.t("编号", "Number"), html! { (view.number) }),
        (request.t("公示", "Notice"), html! { (view.notice_title) }),
        (request.t("所涉名称", "The name that it is about"), html! { (view.name) }),
        (request.t("状态", "State"), state(request, view.state)),
        (request.t("收到时间", "Received"), request.time(view.received_at)),
    ];
    if let Some(at) = view.reached_at {
        rows.push((request.t("联系方式已核实", "Reached"), request.time(at)));
    }
    if let Some(ground) = view.ground {
        rows.push((
            request.t("不予受理的理由", "Reason of the rejection"),
            html! { (ground.in_language(request.language)) },
        ));
    }
    if !view.files.is_empty() {
        rows.push((
            request.t("已收到的材料", "Evidence received"),
            html! { ul { @for file in &view.files {
                li { (file.name) " " (scan_tag(request, file.scan).unwrap_or_default()) }
            } } },
        ));
    }
    let harmful = view.files.iter().any(|file| file.scan == ScanState::Quarantined);
    let unconfirmed = view.mailed && view.reached_at.is_none();
    let content = html! {
        (facts(&rows))
        (of_objection(request, view.state, view.due_at, unconfirmed).block(request))
        @if harmful {
            (banner(Tone::Bad, &html! { p { (request.t(
                "安全扫描发现标明“有害”的文件不能打开，无人会看到其内容；请另交一份安全的文件。",
                "The scanner found the files marked harmful; nobody will see what is in them. Send a safe file instead.",
            )) } }))
        }
        h2 { (request.t("答复", "Answers")) }
        @if view.replies.is_empty() {
            (empty(&html! { p { (request.t("还没有答复。", "There is no reply yet.")) } }))
        } @else {
            ol.timeline {
                @for reply in &view.replies {
                    li.done {
                        strong { (reply.state.in_language(request.language)) }
                        div.when { (request.time(reply.at)) }
                        p.text { (&reply.text) }
                    }
                }
            }
        }
        @if view.state.is_open() || view.state == ObjectionState::Lead {
            p { a href=(request.link("/objections#evidence")) { (request.t("补充材料", "Add evidence")) } }
        }
        (print_button(request))
    };
    Ok(Page::new(request.t("办理情况", "Where it stands"), content)
        .crumb("/objections", request.t("异议", "Objections")))
}
