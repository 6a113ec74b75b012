//! One part of an application a page: to be filled in by the lead, to be read by others.

use super::super::prelude::*;
use super::context::{Context, firm_roles};
use super::{content, figures};
use crate::actions::applications::{self, PartView};
use crate::actions::evidence;
use crate::domain::application::{
    ApplicationState, EvidenceEntry, FIGURE_COLUMNS, FIRM_COLUMNS, Figures, Firms, Part, Profile, Section,
    Undertaking,
};
use crate::domain::table::Column;
use crate::http::pages::imports::{described, import_form};

/// Empty rows offered at the end of a list.
const MORE_ROWS: usize = 3;

/// The form that a part is filled in with, as far as addresses of its fields go.
pub(super) fn form<'a>(request: &'a PageRequest, context: &Context, part: &str) -> Form<'a> {
    request.form(Method::Put, format!("{}/parts/{part}", context.api()))
}

pub(super) async fn page(request: Rc<PageRequest>) -> Result<Page> {
    let context = Context::read(&request).await?;
    let part: Part = request.id("part")?;
    let key = part.to_string();
    let stored = context.part(&key)?;
    let files = evidence_of(&request, &context, &part).await?;
    let form_or_text = if context.may_change(&request) {
        let form = form(&request, &context, &key)
            .revision(stored.revision)
            .autosave()
            .next(next_part(&context, &key))
            .done("已保存。", "Saved.");
        let fields = match &part {
            Part::Profile => profile_fields(&request, &form, &context.content(&key)?),
            Part::Firms => firm_fields(&request, &form, &context.content(&key)?),
            Part::Figures => {
                let warnings =
                    applications::completeness(&request.service, &request.context, context.view.id);
                let warnings = warnings.await?.warnings;
                figures::fields(&request, &form, &context, &context.content(&key)?, &files, &warnings)
            }
            Part::Undertaking => undertaking_fields(&request, &form, &context, &context.content(&key)?),
            Part::Section(section) => section_fields(&request, &form, &context, section)?,
        };
        html! {
            (by_table(&request, &context, &part))
            (form.render(&html! { (fields) (form.button("保存并继续", "Save and go on")) }))
        }
    } else {
        html! {
            @if context.is_lead(&request) { (closed(&request, &context)) }
            (read_only(&request, &context, &part, &files)?)
        }
    };
    let body = html! { (form_or_text) (last_change(&request, &context, &key, stored)) };
    let name = context.part_name(&key, request.language)?;
    let shown = context.shown(&request, &name, &format!("/parts/{key}"), &body).data(context.api());
    Ok(if part == Part::Figures { shown.script("usual") } else { shown })
}

/// The way to fill a part in by a table, and what the last one did.
fn by_table(request: &PageRequest, context: &Context, part: &Part) -> Markup {
    if !matches!(part, Part::Figures | Part::Firms) {
        return Markup::default();
    }
    let done: Option<u32> = request.parameter("added");
    let told = |name: &str| request.parameter::<u32>(name).unwrap_or(0);
    html! {
        @if let Some(added) = done {
            (notice(Tone::Good, &html! { p { (request.either(
                format!("导入完成：新增{added}项，更新{}项，{}项没有变化。", told("changed"), told("unchanged")),
                format!("Imported: {added} added, {} changed, {} as they were.", told("changed"), told("unchanged")),
            )) } }))
        }
        p { a href=(request.link(&format!("{}/parts/{part}/import", context.page()))) {
            (request.t("用表格填写（Excel）", "Fill it in by a table (Excel)"))
        } }
    }
}

/// The page that takes a table of figures or firms.
pub(super) async fn import(request: Rc<PageRequest>) -> Result<Page> {
    let context = Context::read(&request).await?;
    let part: Part = request.id("part")?;
    let columns: &'static [Column] = match part {
        Part::Figures => &FIGURE_COLUMNS,
        Part::Firms => &FIRM_COLUMNS,
        _ => return Err(crate::error::Error::not_found()),
    };
    let (key, address) = (part.to_string(), format!("{}/parts/{part}/import", context.api()));
    let body = if context.may_change(&request) {
        let next = format!(
            "{}/parts/{part}?added={{added}}&changed={{changed}}&unchanged={{unchanged}}",
            context.page()
        );
        let form = request.form(Method::Post, address.clone()).once().files().next(next);
        html! {
            p.lead { (request.t(
                "先下载表格（已填入现有内容），离线填写后上传。上传后先列出每一处变化，确认后才保存；任何一行有误，全部不保存。表中没有的、空单元格保持不变。佐证材料请在页面上选择。",
                "Download the table, with what is there, fill it in without a network, and send it. Each change is shown before anything is saved; if a row is wrong, nothing is. What the table does not name, and empty cells, stay. Evidence is chosen at the page.",
            )) }
            p { a href=(address) download { (request.t("下载表格（Excel）", "Download the table (Excel)")) } }
            (import_form(&request, &form, columns))
            (described(&request, columns))
        }
    } else {
        closed(&request, &context)
    };
    let name = context.part_name(&key, request.language)?;
    Ok(context.shown(&request, &name, &format!("/parts/{key}"), &body))
}

/// Evidence that figures may name; other parts name none.
async fn evidence_of(request: &PageRequest, context: &Context, part: &Part) -> Result<Vec<EvidenceEntry>> {
    if *part != Part::Figures {
        return Ok(Vec::new());
    }
    let list = evidence::list(&request.service, &request.context, context.view.id).await?;
    let own = list.items.into_iter().filter(|item| is_own(context, &item.kind));
    Ok(own
        .map(|item| EvidenceEntry {
            id: item.id,
            kind: item.kind,
            name: item.name,
            size: item.size,
            digest: item.digest,
        })
        .collect())
}

/// Whether a kind of evidence is the applicant's own: one of the competition's settings.
pub(super) fn is_own(context: &Context, kind: &str) -> bool {
    context.rules.settings.evidence_kinds.iter().any(|known| known.key == kind)
}

/// Where one goes after a part: to the next one; after the last, to what is missing.
fn next_part(context: &Context, key: &str) -> String {
    let parts = context.parts(crate::domain::values::Language::Chinese);
    let place = parts.iter().position(|(part, _)| part == key);
    match place.and_then(|place| parts.get(place + 1)) {
        Some((next, _)) => format!("{}/parts/{next}", context.page()),
        None => format!("{}/completeness", context.page()),
    }
}

/// Why an application can't be changed or submitted now.
pub(super) fn closed(request: &PageRequest, context: &Context) -> Markup {
    let words = match context.view.state {
        state if state.is_open() => request.t(
            "截止时间已过，未提交；本件申报本届不再参加，内容留档。",
            "The deadline is over and it was not submitted: it takes no further part, and its content is kept.",
        ),
        ApplicationState::Submitted => request.t(
            "已提交，现在不能修改；设区市退回后可再修改。",
            "It is submitted and can't be changed now, unless the city sends it back.",
        ),
        _ => request.t("已作出决定，现在不能修改。", "It is decided and can't be changed now."),
    };
    notice(Tone::Neutral, &html! { p { (words) } })
}

fn last_change(request: &PageRequest, context: &Context, key: &str, stored: &PartView) -> Markup {
    html! {
        p.muted {
            @if let Some(at) = stored.changed_at { (request.t("上次保存：", "Last saved: ")) (request.time(at)) " · " }
            @if stored.revision > 0 {
                a href=(request.link(&format!("{}/parts/{key}/history", context.page()))) { (request.t("修改记录", "History")) }
            }
        }
    }
}

/// A part, to be read.
pub(super) fn read_only(
    request: &PageRequest,
    context: &Context,
    part: &Part,
    files: &[EvidenceEntry],
) -> Result<Markup> {
    let key = part.to_string();
    Ok(match part {
        Part::Profile => content::profile(request, &context.content::<Profile>(&key)?),
        Part::Firms => content::firms(request, &context.content::<Firms>(&key)?.firms),
        Part::Figures => {
            content::figures(request, &context.rules, &context.content::<Figures>(&key)?.figures, files)
        }
        Part::Undertaking => {
            content::undertaking(request, &context.rules.settings.undertaking, &context.content(&key)?)
        }
        Part::Section(_) => content::text(request, &context.content::<Section>(&key)?.text),
    })
}

fn profile_fields(request: &PageRequest, form: &Form<'_>, stored: &Profile) -> Markup {
    let area = stored.area_km2.map(|area| area.to_string()).unwrap_or_default();
    html! {
        (form.field(&Field::text("/title", request.t("申报名称", "Application title")).value(&stored.title).silent()
            .hint(request.t("一般为“地区＋产业链”，如“苏州工业园区生物医药产业链”，100字以内", "Usually region and chain; up to 100 characters"))))
        (form.field(&Field::text("/leading_industry", request.t("主导产业", "Leading industry")).value(&stored.leading_industry).silent()))
        (form.field(&Field::number("/area_km2:null", request.t("核心区和协同区总面积", "Area of the zones together")).value(area).unit("km²").short().silent()))
        (form.field(&Field::text("/promotion_body", request.t("集群发展促进机构", "Cluster promotion body")).value(&stored.promotion_body)))
        (form.field(&Field::text("/contact_name", request.t("联系人", "Contact")).value(&stored.contact_name).complete("name").medium().silent()))
        (form.field(&Field::text("/contact_post", request.t("联系人职务", "The contact's post")).value(&stored.contact_post).medium()))
        (form.field(&Field::text("/contact_phone", request.t("联系电话", "Telephone")).value(&stored.contact_phone).complete("tel").medium().silent()))
    }
}

fn firm_fields(request: &PageRequest, form: &Form<'_>, stored: &Firms) -> Markup {
    let rows = (stored.firms.len() + MORE_ROWS).max(form.rows_sent("/firms")).min(50);
    let (name, code) = (request.t("企业名称", "Firm"), request.t("统一社会信用代码", "Credit code"));
    let (role, products) = (request.t("作用", "Role"), request.t("主要产品", "Main products"));
    let remove = request.t("删除", "Remove");
    let at = |row: usize, member: &str| format!("/firms/{row}/{member}");
    let label = |row: usize, what: &str| format!("{what}（{}）", row + 1);
    let text = |row: usize, member: &str, what: &str, stored: Option<&String>| {
        form.cell(&Field::text(at(row, member), label(row, what)).value(stored.cloned().unwrap_or_default()))
    };
    let table = Table::new(request.t("领军企业", "Leading firms"), (0..rows).map(|row| (row, stored.firms.get(row))))
        .number(request.t("序号", "No."), |(row, _)| row + 1)
        .column(name, |(row, known)| text(*row, "name", name, known.map(|known| &known.name)))
        .column(code, |(row, known)| text(*row, "credit_code", code, known.map(|known| &known.credit_code)))
        .column(role, |(row, known)| {
            let stored = known.map_or("chain_leader", |known| known.role.as_str());
            form.cell(&Field::select(at(*row, "role:key"), label(*row, role), firm_roles(request)).value(stored))
        })
        .column(products, |(row, known)| text(*row, "products", products, known.map(|known| &known.products)))
        .column(remove, |(row, known)| html! {
            @if known.is_some() { (form.cell(&Field::checkbox(at(*row, "_remove:yes"), remove).value("false"))) }
        });
    html! {
        p { (request.t(
            "至少填写一家链主企业。末尾留有空行；保存后会再出现空行。",
            "At least one chain leader. There are empty rows at the end; more appear after saving.",
        )) }
        (table.render())
    }
}

fn undertaking_fields(
    request: &PageRequest,
    form: &Form<'_>,
    context: &Context,
    stored: &Undertaking,
) -> Markup {
    html! {
        p.text { (context.rules.settings.undertaking) }
        (form.field(&Field::text("/signatory", request.t("签署人", "Signed by")).value(&stored.signatory).complete("name").medium().silent()))
        (form.field(&Field::text("/post", request.t("签署人职务", "The signatory's post")).value(&stored.post).medium().silent()))
        (form.field(&Field::checkbox("/accepted:yes", request.t("本单位作出以上承诺", "We undertake this"))
            .value(if stored.accepted { "true" } else { "false" })))
    }
}

fn section_fields(request: &PageRequest, form: &Form<'_>, context: &Context, key: &str) -> Result<Markup> {
    let stored: Section = context.content(&format!("section.{key}"))?;
    let rule = context.rules.settings.sections.iter().find(|rule| rule.key == key);
    let rule = rule.ok_or_else(crate::error::Error::not_found)?;
    let most = rule.most_characters;
    let limit =
        request.either(format!("{most}字以内"), format!("Up to {}", count(most, "character", "characters")));
    let hint = if rule.guide.is_empty() { limit } else { format!("{}；{limit}", rule.guide) };
    let field = Field::area("/text", rule.title.clone(), 20).value(stored.text).hint(hint);
    let field = if rule.required { field.silent() } else { field };
    Ok(form.field(&field))
}
