//! The expert pool: its list with filters, and each expert.

use super::super::form::Group;
use super::super::prelude::*;
use super::is_office;
use crate::actions::experts::{self, ExpertView, Wanted};
use crate::actions::{self, data};
use crate::domain::catalogue::{Catalogue, PROVINCES, RegionCode, RegionKind};
use crate::domain::expert::{Employment, ExpertProfile};
use crate::domain::ids::ExpertId;

/// Experts on a page.
const LIMIT: usize = 50;
/// Fields that an expert may have.
const FIELDS: usize = 3;

pub(super) async fn list(request: Rc<PageRequest>) -> Result<Page> {
    let catalogue = data::catalogue(&request.service, None).await?.catalogue;
    let wanted = Wanted {
        text: request.chosen("text").to_owned(),
        field: request.parameter("field"),
        city: request.parameter("city_code"),
        available: request.parameter("available"),
        incomplete: request.chosen("incomplete") == "true",
        after: request.parameter("cursor"),
    };
    let page = experts::list(&request.service, &request.context, wanted, LIMIT).await?;
    let table = table(&request, &catalogue, &page);
    let filters = filters(&request, &catalogue);
    let list = filters.render(&table, page.next_cursor.as_deref());
    let content = html! {
        (imported(&request))
        div.buttons.screen {
            @if is_office(&request) {
                a.button href=(request.link("/experts/new")) { (request.t("增加专家", "Add an expert")) }
                a.button.secondary href=(request.link("/experts/import")) { (request.t("导入表格", "Import a table")) }
            }
            (print_button(&request))
        }
        (list)
    };
    let address = "/api/v1/experts";
    let shown = Page::new(request.t("专家库", "Expert pool"), content).data(address);
    Ok(shown.table(&tables::EXPERTS, filters.filtered(address)))
}

/// What an import came to, told on the page that follows it.
fn imported(request: &PageRequest) -> Markup {
    let count = |name: &str| request.parameter::<u32>(name);
    let (Some(added), Some(changed), Some(unchanged)) =
        (count("added"), count("changed"), count("unchanged"))
    else {
        return Markup::default();
    };
    let told = request.either(
        format!("导入完成：新增{added}人，更新{changed}人，{unchanged}人没有变化。"),
        format!("Imported: {added} added, {changed} changed, {unchanged} as they were."),
    );
    let hidden = count("hidden").filter(|hidden| *hidden > 0).map(|hidden| {
        request.either(
            format!("表中有{hidden}个隐藏的行或列，也已导入，请核对。"),
            format!("Hidden rows or columns of the table were imported too: {hidden}. Look at them."),
        )
    });
    html! {
        (notice(Tone::Good, &html! { p { (told) } }))
        @if let Some(hidden) = hidden {
            (notice(Tone::Warning, &html! { p { (hidden) } }))
        }
    }
}

fn filters<'a>(request: &'a PageRequest, catalogue: &Catalogue) -> List<'a> {
    let clusters = catalogue.clusters.iter().map(|cluster| (cluster.no.to_string(), cluster.name.clone()));
    let cities = catalogue.regions.iter().filter(|region| region.kind == RegionKind::City);
    let cities = cities.map(|city| (city.code.to_string(), city.name.clone()));
    let available =
        [("true", request.t("可抽取", "can be drawn")), ("false", request.t("暂不参加", "not now"))];
    let available = available.map(|(key, words)| (key.to_owned(), words.to_owned()));
    let incomplete = request.t(
        "只看资料不全（回避检查只能“待核实”）的",
        "Only with something unknown that conflict checks look at",
    );
    List::new(request, "/experts")
        .filter(Filter::text("text", request.t("姓名、单位或职称", "Name, unit or title"), ""))
        .filter(Filter::choice("field", request.t("领域", "Field"), clusters))
        .filter(Filter::choice("city_code", request.t("设区市", "City"), cities))
        .filter(Filter::choice("available", request.t("可否抽取", "Can be drawn"), available))
        .filter(Filter::tick("incomplete", incomplete))
}

fn fields(catalogue: &Catalogue, profile: &ExpertProfile) -> String {
    let names = profile.fields.iter().map(|field| {
        let found = catalogue.clusters.iter().find(|cluster| cluster.no == *field);
        found.map_or_else(|| field.to_string(), |cluster| cluster.name.clone())
    });
    names.collect::<Vec<_>>().join("、")
}

fn region_name(catalogue: &Catalogue, code: Option<&RegionCode>) -> String {
    code.map_or_else(|| "—".to_owned(), |code| catalogue.region_name_or_code(code))
}

fn table(request: &PageRequest, catalogue: &Catalogue, page: &actions::Page<ExpertView>) -> Markup {
    Table::new(request.t("专家", "Experts"), &page.items)
        .head(request.t("姓名", "Name"), |expert| html! { a href=(request.link(&format!("/experts/{}", expert.id))) { (expert.profile.name) } })
        .column(request.t("单位", "Unit"), |expert| &expert.profile.unit)
        .column(request.t("职称", "Professional title"), |expert| &expert.profile.title)
        .column(request.t("地区", "Region"), |expert| region_name(catalogue, expert.profile.region.as_ref()))
        .column(request.t("领域", "Fields"), |expert| fields(catalogue, &expert.profile))
        .number(request.t("至多评几件", "Most load"), |expert| expert.profile.most_load)
        .column(request.t("状态", "State"), |expert| states(request, expert))
        .empty(request.t(
            "没有符合条件的专家。可放宽条件，或增加、导入专家。",
            "No expert fits. Widen the filters, or add or import experts.",
        ))
        .render()
}

fn states(request: &PageRequest, expert: &ExpertView) -> Markup {
    let profile = &expert.profile;
    html! {
        @if profile.available { (tag(request.t("可抽取", "Can be drawn"), Tone::Good)) }
        @else { (tag(request.t("暂不参加", "Not now"), Tone::Neutral)) }
        @if profile.region.is_none() || profile.employers.is_none() {
            " " (tag(request.t("资料不全", "Incomplete"), Tone::Warning))
        }
        @if expert.account_id.is_none() { " " (tag(request.t("纸质评分", "On paper"), Tone::Neutral)) }
    }
}

/// The provinces that the catalogue's regions are not of, with the region that is stored where it is of one of these.
fn other_provinces(catalogue: &Catalogue, stored: Option<&RegionCode>) -> Vec<(String, String)> {
    let own = catalogue.regions.first().map(|region| region.code.as_str()[..2].to_owned());
    let others = PROVINCES.iter().filter(|(digits, _)| own.as_deref() != Some(*digits));
    let mut choices: Vec<(String, String)> =
        others.map(|(digits, name)| (format!("{digits}0000"), (*name).to_owned())).collect();
    if let Some(code) = stored.filter(|code| catalogue.region(code).is_none())
        && choices.iter().all(|(key, _)| key != code.as_str())
    {
        choices.push((code.to_string(), catalogue.region_name_or_code(code)));
    }
    choices
}

/// The form of an expert.
fn profile_form(
    form: &Form<'_>,
    request: &PageRequest,
    catalogue: &Catalogue,
    profile: &ExpertProfile,
    account: &str,
) -> Markup {
    let none = || std::iter::once((String::new(), "—".to_owned()));
    let mut regions = vec![Group::plain(none())];
    regions.extend(Group::regions(catalogue, |_| true));
    regions.push(Group::of(
        request.t("外省", "Other provinces"),
        other_provinces(catalogue, profile.region.as_ref()),
    ));
    let clusters: Vec<(String, String)> = none()
        .chain(catalogue.clusters.iter().map(|cluster| (cluster.no.to_string(), cluster.name.clone())))
        .collect();
    form.render(&html! {
        (form.field(&Field::text("/profile/name", request.t("姓名", "Name")).value(profile.name.clone()).required().medium()))
        (form.field(&Field::text("/profile/unit", request.t("单位（全称）", "Unit, by its full name")).value(profile.unit.clone()).required()))
        (form.field(&Field::text("/profile/title", request.t("职称", "Professional title")).value(profile.title.clone()).medium()))
        (form.field(&Field::select_of("/profile/region:optional", request.t("单位所在地区", "Region of the unit"), regions)
            .value(profile.region.as_ref().map(ToString::to_string).unwrap_or_default())
            .hint(request.t("不填则回避检查只能“待核实”。", "Without it no conflict check comes out clear.")).medium()))
        fieldset.group {
            legend { (request.t("领域（1至3个）", "Fields (one to three)")) }
            @for index in 0..FIELDS {
                @let label = format!("{} {}", request.t("领域", "Field"), index + 1);
                @let stored = profile.fields.get(index).map(ToString::to_string).unwrap_or_default();
                (form.field(&Field::select(format!("/profile/fields/{index}:whole"), label, clusters.clone()).value(stored).silent().medium()))
            }
        }
        (form.field(&Field::number("/profile/most_load:whole", request.t("一届至多评几件", "Most applications in one competition"))
            .value(profile.most_load.to_string()).required().short()))
        (form.field(&Field::checkbox("/profile/available:yes", request.t("可以参加抽取", "Can be drawn now")).value(profile.available.to_string())))
        (employers(form, request, profile))
        (former_units(form, request, profile))
        (form.field(&Field::text("/profile/phone", request.t("电话", "Telephone")).value(profile.phone.clone()).complete("tel").medium()))
        (form.field(&Field::text("/account_name:optional", request.t("登录名", "Login name")).value(account)
            .hint(request.t("专家账号由系统管理员建立；留空表示该专家只填纸质评分表。", "The administrator makes the expert's account; empty: the expert works on paper alone.")).medium()))
        @if told_alike(form) {
            (form.field(&Field::checkbox("/distinct:yes", request.t("已核实：与所列的不是同一人", "I have found out: this is another person")).value("false")))
        }
        (form.button("保存", "Save"))
    })
}

/// Whether the form came back as somebody is nearly another one.
pub(super) fn told_alike(form: &Form<'_>) -> bool {
    form.carried().is_some_and(|carried| carried.error.problems.iter().any(|problem| problem.code == "alike"))
}

fn employers(form: &Form<'_>, request: &PageRequest, profile: &ExpertProfile) -> Markup {
    let list = "/profile/employers";
    let stored: &[Employment] = profile.employers.as_deref().unwrap_or_default();
    let rows = (stored.len() + 2).max(form.rows_sent(list));
    let (unit, until) = (request.t("任职单位", "Employer"), request.t("离职日期", "Last day"));
    let remove = request.t("删除", "Remove");
    let at = |index: usize, member: &str| format!("{list}/{index}/{member}");
    let table = Table::new(
        request.t("空行不会保存", "Empty rows are not saved"),
        (0..rows).map(|index| (index, stored.get(index))),
    )
    .field(unit, |(index, row)| {
        form.cell(
            &Field::text(at(*index, "unit"), unit).value(row.map(|row| row.unit.clone()).unwrap_or_default()),
        )
    })
    .column(until, |(index, row)| {
        let ended = row.and_then(|row| row.until).map(|date| date.to_string()).unwrap_or_default();
        form.cell(&Field::date(at(*index, "until:optional"), until).value(ended))
    })
    .column(remove, |(index, row)| {
        html! {
            @if row.is_some() { (form.cell(&Field::checkbox(at(*index, "_remove:yes"), remove))) }
        }
    });
    html! {
        fieldset.group {
            legend { (request.t("近年任职单位", "Former employers")) }
            p.hint { (request.t("仍在任职的不填离职日期；没有则留空并取消勾选“尚未核实”。", "Leave the last day empty while it goes on; if there is none, leave all empty and untick the box.")) }
            (form.field(&Field::checkbox("/profile/employers/_unknown:yes", request.t("尚未核实", "Not asked yet")).value(profile.employers.is_none().to_string())))
            (table.render())
        }
    }
}

/// The units that the expert was of before, which a slip may have added.
fn former_units(form: &Form<'_>, request: &PageRequest, profile: &ExpertProfile) -> Markup {
    let Some(stored) = profile.former_units.as_deref() else { return Markup::default() };
    let list = "/profile/former_units";
    let (unit, until) = (request.t("原单位", "Former unit"), request.t("离职日期", "Last day"));
    let remove = request.t("删除", "Remove");
    let at = |index: usize, member: &str| format!("{list}/{index}/{member}");
    let table = Table::new(request.t("原单位", "Former units"), stored.iter().enumerate())
        .field(unit, |(index, row)| form.cell(&Field::text(at(*index, "unit"), unit).value(row.unit.clone())))
        .column(until, |(index, row)| {
            let ended = row.until.map(|date| date.to_string()).unwrap_or_default();
            form.cell(&Field::date(at(*index, "until:optional"), until).value(ended))
        })
        .column(remove, |(index, _)| form.cell(&Field::checkbox(at(*index, "_remove:yes"), remove)));
    html! {
        fieldset.group {
            legend { (request.t("在本专家库中的原单位", "Units that the expert was of before in this pool")) }
            p.hint { (request.t("修改单位时自动保留，与近年任职单位一样查利害关系；只是改正错字的，请删除。", "Kept when the unit changes, and looked at for conflicts like former employers; remove what was only a slip.")) }
            (table.render())
        }
    }
}

pub(super) async fn new(request: Rc<PageRequest>) -> Result<Page> {
    let catalogue = data::catalogue(&request.service, None).await?.catalogue;
    let form = request
        .form(Method::Post, "/api/v1/experts")
        .once()
        .next("/experts/{id}")
        .done("已加入专家库。", "Added to the pool.");
    let blank = ExpertProfile {
        name: String::new(),
        unit: String::new(),
        title: String::new(),
        region: None,
        fields: Vec::new(),
        most_load: 20,
        available: true,
        employers: None,
        former_units: None,
        phone: String::new(),
    };
    let content = profile_form(&form, &request, &catalogue, &blank, "");
    Ok(Page::new(request.t("增加专家", "Add an expert"), content)
        .crumb("/experts", request.t("专家库", "Expert pool")))
}

pub(super) async fn expert(request: Rc<PageRequest>) -> Result<Page> {
    let id: ExpertId = request.id("expert_id")?;
    let expert = experts::read(&request.service, &request.context, id).await?;
    let account = experts::login_name(&request.service, &request.context, id).await?;
    let catalogue = data::catalogue(&request.service, None).await?.catalogue;
    let content = html! {
        p { (states(&request, &expert)) " " span.muted { (request.t("最后修改：", "Last changed: ")) (request.time(expert.changed_at)) } }
        @if is_office(&request) {
            (notice(Tone::Active, &html! { p { (request.t(
                "保存时自动重查利害关系；若与正在评审的申报有利害关系，该专家将回避，由下一位候补接替：先告知后果，确认后才保存。改正误填的资料，则恢复因其回避的席位。",
                "Conflicts are looked for again on saving; one with what the expert judges recuses the expert, and the next in order is called: you are told first, and nothing is saved before you confirm. Correcting a slip gives back the seat that it cost.",
            )) } }))
            @let form = request.form(Method::Put, format!("/api/v1/experts/{id}")).revision(expert.revision).done("已保存。", "Saved.");
            (profile_form(&form, &request, &catalogue, &expert.profile, account.as_deref().unwrap_or_default()))
        } @else { (known(&request, &catalogue, &expert.profile, account.as_deref())) }
    };
    Ok(Page::new(expert.profile.name, content)
        .crumb("/experts", request.t("专家库", "Expert pool"))
        .data(format!("/api/v1/experts/{id}")))
}

/// What is known of an expert, for whoever changes nothing.
fn known(
    request: &PageRequest,
    catalogue: &Catalogue,
    profile: &ExpertProfile,
    account: Option<&str>,
) -> Markup {
    let employers = html! {
        @match &profile.employers {
            None => { (request.t("尚未核实", "not asked yet")) }
            Some(all) if all.is_empty() => { (request.t("无", "none")) }
            Some(all) => { ul { @for one in all { li {
                (one.unit) " " @match one.until { Some(date) => { (request.date(date)) } None => { (request.t("在任", "going on")) } }
            } } } }
        }
    };
    let former = profile.former_units.iter().flatten();
    let former: Vec<&str> = former.map(|one| one.unit.as_str()).collect();
    facts(&[
        (request.t("单位", "Unit"), html! { (profile.unit) }),
        (request.t("职称", "Professional title"), html! { (profile.title) }),
        (request.t("地区", "Region"), html! { (region_name(catalogue, profile.region.as_ref())) }),
        (request.t("领域", "Fields"), html! { (fields(catalogue, profile)) }),
        (request.t("一届至多评几件", "Most applications in one competition"), html! { (profile.most_load) }),
        (request.t("近年任职单位", "Former employers"), employers),
        (request.t("原单位", "Former units"), html! { (former.join("；")) }),
        (request.t("电话", "Telephone"), html! { (profile.phone) }),
        (request.t("登录名", "Login name"), html! { (account.unwrap_or("—")) }),
    ])
}
