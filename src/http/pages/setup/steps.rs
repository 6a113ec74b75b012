//! The fields of the steps: title, calendar, entry, forms, evidence, checks, experts, notice.

use super::super::charts;
use super::super::prelude::*;
use super::super::stages::stages;
use super::super::words::local_input;
use super::editor::{Cell, Column, Editor};
use super::is_office;
use super::settings::Basis;
use super::words::choices;
use crate::actions::competitions::{CompetitionView, ReadinessView};
use crate::domain::catalogue::{Catalogue, RegionKind};
use crate::domain::competition::{Calendar, CompetitionState, Disclosure, Grouping};
use crate::domain::review::PanelBy;

fn column(member: &'static str, words: &'static str, cell: Cell) -> Column {
    Column { member, words, cell }
}

fn numbered(versions: &[i32], request: &PageRequest) -> Vec<(String, String)> {
    let words = |version: &i32| {
        if request.is_chinese() { format!("第{version}版") } else { format!("Version {version}") }
    };
    versions.iter().map(|version| (version.to_string(), words(version))).collect()
}

pub(super) fn title(editor: &Editor<'_>, basis: &Basis) -> Markup {
    let e = editor;
    let called = basis.competition.state != CompetitionState::Draft;
    let content = html! {
        (e.field(&e.text("/title", e.t("竞赛名称", "Competition title")).required()))
        (e.field(&e.text("/authority", e.t("依据文号", "Authority")).required().medium()))
        (e.field(&e.text("/organizer", e.t("主办机构", "Organizer"))
            .hint(e.t("告知书、公示和公布的落款，考察组中办公室人员的单位。", "It signs letters, notices and announcements, and is the unit of inspectors who come from the office.")).required().medium()))
        (letterhead(e, basis))
        fieldset.group {
            legend { (e.t("公布内容的许可（可不填）", "Licence of what is published (may be left out)")) }
            (e.field(&e.text("/licence/name", e.t("许可协议名称", "Name of the licence"))
                .hint(e.t("写入公示、公布和开放数据，例如“知识共享署名4.0”。不填则不作说明。", "It goes into notices, announcements and open data, “CC BY 4.0” for one. Left out, nothing is said.")).medium()))
            (e.field(&e.text("/licence/url", e.t("协议网址", "Its address")).medium()))
        }
        @if called {
            (facts(&[(e.t("产业链与地区目录", "Catalogue of chains and regions"), html! { (basis.competition.settings.catalogue) })]))
        } @else {
            (e.field(&e.select("/catalogue:whole", e.t("产业链与地区目录", "Catalogue of chains and regions"), numbered(&basis.catalogues, e.request))
                .hint(e.t("发布后不能更换，因为申报按它填写。", "Can't be changed after the call, as applications name its chains.")).required()))
        }
        (e.field(&e.select("/working_days:whole", e.t("工作日历", "Working days"), numbered(&basis.calendars, e.request))
            .hint(e.t("补正、公示、异议等期限按它计算；须包含竞赛所在年份。", "Terms are counted by it; it must know the years of the competition.")).required()))
        @if is_office(e.request) { p { a href=(e.request.link("/working-days/import")) { (e.t("导入新版工作日历", "Import a new calendar")) } } }
    };
    e.render(&content)
}

/// What stands on the organizer's letters.
fn letterhead(e: &Editor<'_>, basis: &Basis) -> Markup {
    let head = &basis.competition.settings.letterhead;
    let lines = |member: &str, label: &str, lines: &[String]| {
        Field::area(e.at(&format!("/letterhead/{member}:lines")), label, 2).value(lines.join("\n"))
    };
    html! {
        fieldset.group {
            legend { (e.t("公文版式（可不填）", "Letterhead (may be left out)")) }
            (e.field(&e.text("/letterhead/masthead", e.t("发文机关标志", "Masthead"))
                .hint(e.t("函和通知上方的红色标志；不填则没有。", "In red above letters and calls; none if left out.")).medium()))
            (e.field(&e.text("/letterhead/number_prefix", e.t("机关代字", "Prefix of document numbers"))
                .hint(e.t("发文字号的开头，例如“苏制强办函”。", "What document numbers begin with.")).medium()))
            (e.field(&e.text("/letterhead/office", e.t("承办处室", "Section in charge")).medium()))
            (e.field(&lines("telephones", e.t("联系电话（每行一个）", "Telephones (one a line)"), &head.telephones)))
            (e.field(&lines("channels", e.t("反映渠道（每行一条）", "Where to object (one a line)"), &head.channels)))
            (e.field(&e.text("/letterhead/closing", e.t("结束语", "Closing words"))))
            (e.field(&e.text("/letterhead/footer", e.t("版记（抄送等）", "Below the signature (copies)"))))
        }
    }
}

pub(super) fn calendar(editor: &Editor<'_>, basis: &Basis) -> Markup {
    let e = editor;
    let (from, until) = (e.t("开始", "From"), e.t("截止", "Until"));
    let time = |member: &str, end: &str, label: &str, period: crate::domain::time::Timestamp| {
        Field::time(e.at(&format!("/calendar/{member}/{end}:time")), label)
            .value(local_input(period))
            .required()
    };
    let content = html! {
        (chart(e.request, &basis.competition.settings.calendar))
        @for stage in stages(&basis.competition.settings.calendar) {
            fieldset.group {
                legend { (stage.name(e.request.language)) }
                (e.field(&time(stage.member, "from", from, stage.period.from)))
                (e.field(&time(stage.member, "until", until, stage.period.until)))
            }
        }
    };
    e.render(&content)
}

/// The calendar as it holds.
pub(super) fn chart(request: &PageRequest, calendar: &Calendar) -> Markup {
    let spans = stages(calendar).map(|stage| {
        let name = stage.name(request.language).to_owned();
        (name, stage.period.from.date(), stage.period.until.date())
    });
    charts::calendar(request.t("日程", "Calendar"), &spans, request.today(), request.language)
}

/// The deadlines to the minute.
pub(super) fn deadlines(request: &PageRequest, calendar: &Calendar) -> Markup {
    Table::new(request.t("日程（北京时间）", "Calendar (Beijing time)"), stages(calendar))
        .head(request.t("阶段", "Stage"), |stage| stage.name(request.language).to_owned())
        .column(request.t("开始", "From"), |stage| request.time(stage.period.from))
        .column(request.t("截止", "Until"), |stage| request.time(stage.period.until))
        .render()
}

/// What is better looked at in the calendar.
pub(super) fn warnings(request: &PageRequest, ready: &ReadinessView) -> Markup {
    html! {
        @if !ready.warnings.is_empty() {
            (super::super::parts::notice(Tone::Warning, &html! {
                p { (request.t("日程请再看一遍：", "Look at the calendar again:")) }
                ul { @for told in &ready.warnings { li { (request.language.pick(&told.zh, &told.en)) } } }
            }))
        }
    }
}

/// The calendar as it holds, and the form that makes a deadline later, with the stages after it where so chosen.
pub(super) fn extension(request: &PageRequest, competition: &CompetitionView) -> Markup {
    let calendar = &competition.settings.calendar;
    html! {
        (chart(request, calendar))
        (deadlines(request, calendar))
        (moving(request, competition))
    }
}

/// The form that makes a deadline later.
pub(super) fn moving(request: &PageRequest, competition: &CompetitionView) -> Markup {
    let open: Vec<_> = stages(&competition.settings.calendar)
        .into_iter()
        .filter(|stage| stage.last >= competition.state)
        .collect();
    if open.is_empty() || !is_office(request) {
        return Markup::default();
    }
    let form = request
        .form(Method::Post, format!("/api/v1/competitions/{}/extensions", competition.id))
        .revision(competition.revision)
        .once()
        .done("截止时间已延长，形成新版本。", "The deadline is extended by a new version.");
    let stages = open.iter().map(|stage| (stage.last.to_string(), stage.name(request.language).to_owned()));
    html! {
        h2 { (request.t("延长截止时间、顺延后续阶段", "Extend the deadline, move later stages")) }
        p { (request.t(
            "只能延长进行中或尚未开始的阶段，并且只能延后。提交后先列出每个时间的变化，确认才生效；理由随新版本公开。",
            "Only stages that go on or are to come, and only to a later time. What moves is told before anything is stored; the reason is published with the new version.",
        )) }
        (form.render(&html! {
            (form.field(&Field::select("/stage", request.t("阶段", "Stage"), stages).required().medium()))
            (form.field(&Field::time("/due_at:time", request.t("新的截止时间", "New deadline")).required()))
            (form.field(&Field::time("/begins_at:time", request.t("新的开始时间（可不填）", "New beginning (may be left out)"))
                .hint(request.t("仅当该阶段尚未开始、也要推迟开始时填写。", "Only where the stage has not begun and shall begin later too."))))
            (form.field(&Field::checkbox("/later_stages_follow:yes", request.t("后续阶段顺延", "Later stages follow"))
                .hint(request.t(
                    "其后各阶段尚未到来的开始和截止时间推迟同样多的工作日，时刻不变。",
                    "What is still to come of their beginnings and deadlines moves by as many working days, to the same time of day.",
                ))))
            (form.field(&Field::area("/reason", request.t("理由", "Reason"), 3).required()))
            (form.danger("延长截止时间", "Extend the deadline"))
        }))
    }
}

fn chains(request: &PageRequest, catalogue: &Catalogue) -> Markup {
    html! {
        details {
            summary { (request.t("产业链编号", "Numbers of the chains")) }
            ul { @for (_, chain) in catalogue.chains() { li { (chain.no) " " (chain.name) } } }
        }
    }
}

pub(super) fn entry(editor: &Editor<'_>, basis: &Basis) -> Markup {
    let e = editor;
    let cities = basis.catalogue.regions.iter().filter(|region| region.kind == RegionKind::City);
    let content = html! {
        (e.field(&e.radios("/grouping", e.t("如何分组排名", "How applications are grouped"), choices(Grouping::ALL, e.request.language))))
        (e.table("/tracks", e.t("自定分组（仅当选择“自定分组”时填写）", "Tracks of one's own (only where so chosen)"), Some("track"), &[
            column("name", e.t("组名", "Name"), Cell::Text),
            column("chains", e.t("产业链编号（以逗号分隔）", "Numbers of its chains"), Cell::Wholes),
        ]))
        (chains(e.request, &basis.catalogue))
        h2 { (e.t("推荐名额", "Quotas")) }
        (e.field(&e.number("/quotas/default:whole", e.t("每市名额", "Of each city")).required()))
        fieldset.group {
            legend { (e.t("另定名额的市（空白即按上面的名额）", "Cities with a quota of their own (empty: as above)")) }
            div.fields {
                @for city in cities {
                    (e.field(&e.number(&format!("/quotas/by_city/{}:whole", city.code), &city.name).silent()))
                }
            }
        }
    };
    e.render(&content)
}

pub(super) fn forms(editor: &Editor<'_>, _: &Basis) -> Markup {
    let e = editor;
    let content = html! {
        (e.table("/sections", e.t("申报书章节", "Sections of the application"), Some("section"), &[
            column("title", e.t("标题", "Heading"), Cell::Text),
            column("guide", e.t("写什么", "What to write"), Cell::Area),
            column("most_characters", e.t("字数上限", "Most characters"), Cell::Whole),
            column("required", e.t("必填", "Required"), Cell::Yes),
        ]))
        (e.field(&e.area("/undertaking", e.t("申报单位承诺书", "Undertaking of the applicant"), 5).required()))
        (e.field(&e.area("/consent_statement", e.t("联合申报成员同意书", "Consent of a member"), 4).required()))
    };
    e.render(&content)
}

pub(super) fn evidence(editor: &Editor<'_>, basis: &Basis) -> Markup {
    const MIB: u64 = 1 << 20;
    let e = editor;
    let mut sizes: Vec<u64> = [256, 512, 1024, 2048, 4096].iter().map(|size| size * MIB).collect();
    let stored = basis.competition.settings.evidence_quota;
    if !sizes.contains(&stored) {
        sizes.push(stored);
        sizes.sort_unstable();
    }
    let sizes = sizes.into_iter().map(|bytes| (bytes.to_string(), format!("{} MiB", bytes / MIB)));
    let content = html! {
        (e.table("/evidence_kinds", e.t("佐证材料类别", "Kinds of evidence"), Some("kind"), &[
            column("title", e.t("名称", "Name"), Cell::Text),
            column("required", e.t("至少一份", "At least one"), Cell::Yes),
        ]))
        (e.field(&e.select("/evidence_quota:whole", e.t("每件申报的材料总量上限", "Most evidence of one application"), sizes).required()))
    };
    e.render(&content)
}

pub(super) fn checks(editor: &Editor<'_>, _: &Basis) -> Markup {
    let e = editor;
    let content = html! {
        (e.table("/formal_items", e.t("形式审查项目", "Items of the formal check"), Some("item"), &[
            column("title", e.t("审查什么", "What is checked"), Cell::Text),
        ]))
        (e.field(&e.number("/correction_working_days:whole", e.t("补正期限", "Time for the one correction"))
            .unit(e.t("个工作日", "working days")).required()))
        (e.table("/rubric/vetoes", e.t("一票否决项", "Veto items"), Some("veto"), &[
            column("name", e.t("否决情形", "Veto"), Cell::Text),
        ]))
    };
    e.render(&content)
}

pub(super) fn experts(editor: &Editor<'_>, basis: &Basis) -> Markup {
    let e = editor;
    let people = e.t("人", "people");
    let chain_choices: Vec<(String, String)> = basis
        .catalogue
        .chains()
        .map(|(_, chain)| (chain.no.to_string(), format!("{} {}", chain.no, chain.name)))
        .collect();
    let unknown = basis.competition.settings.review.chief_experts.is_none().to_string();
    let content = html! {
        (e.field(&e.radios("/review/panel_by", e.t("评审组", "Panels"), choices(PanelBy::ALL, e.request.language))))
        (e.field(&e.number("/review/panel_size:whole", e.t("每组人数", "Experts of a panel"))
            .hint(e.t("应为单数。", "An odd number.")).unit(people).required()))
        (e.field(&e.yes("/review/even_panel:yes", e.t("允许双数", "An even number is allowed"))))
        (e.field(&e.number("/review/alternates:whole", e.t("候补人数", "Alternates")).unit(people).required()))
        (e.field(&e.yes("/review/match_fields:yes", e.t("专家领域须与所评集群一致", "Experts must have the cluster of what they judge among their fields"))))
        (e.field(&e.number("/review/employer_years:whole", e.t("近几年任职单位须回避", "Employments bar for")).unit(e.t("年", "years")).required()))
        fieldset.group {
            legend { (e.t("首席专家（不参加本链评审）", "Chief experts (they do not judge their chain)")) }
            (e.field(&Field::checkbox(e.at("/review/chief_experts/_unknown:yes"), e.t("名单尚未备齐", "The list is not at hand yet")).value(unknown)))
            (e.table("/review/chief_experts", e.t("首席专家名单", "Chief experts"), None, &[
                column("chain", e.t("产业链", "Chain"), Cell::Numbered(chain_choices)),
                column("name", e.t("姓名", "Name"), Cell::Text),
            ]))
        }
        (e.field(&e.number("/review/inspection_team:whole", e.t("考察组至少人数", "Least members of an inspection team")).unit(people).required()))
        (e.field(&e.number("/review/comment_days:whole", e.t("申报单位对核定值提意见的期限", "Time to comment on verified values")).unit(e.t("个工作日", "working days")).required()))
        (reasons(e, basis))
        (e.table("/review/correction_reasons", e.t("已签评分表的更正理由（只能选这些）", "Why a signed sheet may be corrected (a closed list)"), Some("reason"), &[
            column("title", e.t("理由", "Reason"), Cell::Text),
        ]))
    };
    e.render(&content)
}

/// Judged indicators where a reason is always due.
fn reasons(e: &Editor<'_>, basis: &Basis) -> Markup {
    let judged = basis.competition.settings.tally().ok();
    let judged: Vec<(String, String)> = judged
        .iter()
        .flat_map(|tally| crate::domain::sheet::judged(&tally.rubric))
        .map(|(indicator, _)| (indicator.key.to_string(), format!("{} {}", indicator.key, indicator.name)))
        .collect();
    let list = "/review/reason_required";
    html! {
        fieldset.group {
            legend { (e.t("必须写理由的评分指标", "Judged indicators where a reason is always due")) }
            p.hint { (e.t("零分和满分总要写理由，不必列在这里。", "At zero and at full marks a reason is due anyway.")) }
            @for index in 0..e.rows(list) {
                @let none = (String::new(), "—".to_owned());
                @let pointer = format!("{list}/{index}");
                @let label = format!("{} {}", e.t("指标", "Indicator"), index + 1);
                (e.field(&e.select(&pointer, &label, std::iter::once(none).chain(judged.clone())).silent()))
            }
        }
    }
}

pub(super) fn notice(editor: &Editor<'_>, _: &Basis) -> Markup {
    let e = editor;
    let days = e.t("个工作日", "working days");
    let content = html! {
        (e.field(&e.number("/review/notice_days:whole", e.t("公示期（首日计入，至少5个工作日）", "Term of the notice (first day counted, at least 5)")).unit(days).required()))
        (e.field(&e.number("/review/objection_days:whole", e.t("异议答复期限", "Time to answer an objection")).unit(days).required()))
        (e.field(&e.area("/review/notice_template", e.t("公示文本模板", "Template of the notice"), 14)
            .hint(e.t(
                "花括号中的词会自动替换：{title} 名称、{authority} 依据、{document} 公示文号、{list} 名单、{from} {until} {days} 期限、{channels} 受理渠道、{issuer} 落款、{date} 日期。",
                "Words in braces are filled in: {title}, {authority}, {document}, {list}, {from}, {until}, {days}, {channels}, {issuer}, {date}.",
            )).required()))
        (e.field(&e.radios("/disclosure", e.t("结果公开范围", "What the public learns of results"), Disclosure::ALL.iter().map(|one| (one.to_string(), one.in_language(e.request.language).to_owned())))))
    };
    e.render(&content)
}
