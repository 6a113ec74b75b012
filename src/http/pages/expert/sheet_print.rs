//! The score sheet on paper (专家评分表): one's own as it stands, or blank, to be filled in by hand.

use super::super::prelude::*;
use super::marks;
use super::scene::{self, Annexes};
use crate::actions::applications;
use crate::actions::duties::{self, Scene};
use crate::actions::sheets::{self, SheetView};
use crate::domain::application::{Figure, Figures};
use crate::domain::expert::ExpertProfile;
use crate::domain::scoring::{Indicator, IndicatorKind};
use crate::http::pages::values;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![page("/applications/{application_id}/sheet/print", Action::ReadApplication, print)]
}

/// Who fills the form in, and with what.
struct Own {
    sheet: SheetView,
    profile: ExpertProfile,
}

async fn print(request: Rc<PageRequest>) -> Result<Page> {
    let (id, scene) = scene::of(&request, Action::ReadApplication).await?;
    let wants_blank = request.query.contains_key("blank");
    let own = if request.role() == Some(Role::Expert) && !wants_blank {
        Some(Own {
            sheet: sheets::read_own(&request.service, &request.context, id).await?,
            profile: duties::own_profile(&request.service, &request.context).await?,
        })
    } else {
        None
    };
    let application = applications::read(&request.service, &request.context, id).await?;
    let part = application.parts.get("figures");
    let figures: Figures =
        part.and_then(|part| serde_json::from_value(part.content.clone()).ok()).unwrap_or_default();
    let annexes = Annexes::of(&request, id).await?;
    let content = html! {
        div.buttons.screen {
            (print_button(&request))
            @if own.is_some() {
                a.button.secondary href=(request.link(&format!("/applications/{id}/sheet/print?blank=1"))) { (request.t("空白表", "Blank form")) }
            }
        }
        div.paper tabindex="0" role="region" aria-label=(request.t("专家评分表", "Expert's score sheet")) {
            (head(&request, &scene, own.as_ref()))
            (table(&request, &scene, own.as_ref(), &figures.figures, &annexes))
            (foot(&request, own.as_ref()))
        }
    };
    let name = own.as_ref().map_or("＿＿＿＿＿＿", |own| &*own.profile.name);
    let expert = format!("{}{name}", request.t("专家：", "Expert: "));
    let title = request.t("专家评分表", "Expert's score sheet");
    Ok(scene::page(&request, &scene, title, content)
        .running([scene.rules.settings.title.clone(), scene::words(&scene), expert])
        .crumb(format!("/applications/{id}"), scene::words(&scene)))
}

fn head(request: &PageRequest, scene: &Scene, own: Option<&Own>) -> Markup {
    let blank = || html! { span.blank {} };
    html! {
        p.document { (scene.rules.settings.title) }
        table.data.form {
            caption { (request.t("基本信息", "Basic facts")) }
            tbody {
                tr {
                    th scope="row" { (request.t("索引号", "Index")) } td { (scene.number.as_deref().unwrap_or("—")) }
                    th scope="row" { (request.t("产业链", "Chain")) } td { (scene.chain_name) }
                }
                tr {
                    th scope="row" { (request.t("申报单位", "Applicant")) } td { (scene.region) }
                    th scope="row" { (request.t("申报名称", "Application title")) } td { (scene.title) }
                }
                tr {
                    th scope="row" { (request.t("专家姓名", "Expert")) } td { @match own { Some(own) => (own.profile.name), None => (blank()) } }
                    th scope="row" { (request.t("工作单位", "Unit")) } td { @match own { Some(own) => (own.profile.unit), None => (blank()) } }
                }
                tr {
                    th scope="row" { (request.t("职称", "Professional title")) } td { @match own { Some(own) => (own.profile.title), None => (blank()) } }
                    th scope="row" { (request.t("专业领域", "Fields")) } td { @match own { Some(own) => (fields(scene, &own.profile)), None => (blank()) } }
                }
            }
        }
    }
}

/// The clusters that an expert knows.
fn fields(scene: &Scene, profile: &ExpertProfile) -> String {
    let clusters = scene.rules.catalogue.clusters.iter();
    let names: Vec<&str> = clusters
        .filter(|cluster| profile.fields.contains(&cluster.no))
        .map(|cluster| &*cluster.name)
        .collect();
    names.join("、")
}

fn table(
    request: &PageRequest,
    scene: &Scene,
    own: Option<&Own>,
    figures: &[Figure],
    annexes: &Annexes,
) -> Markup {
    let mut numbers = 1_usize..;
    let criteria = scene.rules.tally.rubric.criteria.iter().map(|criterion| {
        let heading = html! { (criterion.name) (request.t("（权重 ", " (weight ")) (criterion.weight) "%" (request.t("）", ")")) };
        (heading, criterion.indicators.iter().zip(numbers.by_ref()).collect::<Vec<_>>())
    });
    let judged = |indicator: &Indicator| matches!(indicator.kind, IndicatorKind::Judged(_));
    let mark = |indicator: &Indicator| own.and_then(|own| marks::of(&own.sheet.content, indicator));
    Table::grouped(request.t("评分", "Scores"), criteria)
        .number(request.t("序号", "No."), |(_, number)| *number).narrow()
        .column(request.t("指标与评分标准", "Indicator and standard"), |(indicator, _)| html! {
            (indicator.name) @if let Some(guide) = &indicator.guide { br; span.muted { (guide) } }
        })
        .number(request.t("分值", "Points"), |(indicator, _)| indicator.points.to_string()).narrow()
        .column(request.t("申报值、依据与附件号", "Value, basis, annex"), |(indicator, _)| html! {
            @if !judged(indicator) { (claim(request, indicator, figures, annexes)) }
        })
        .number(request.t("专家评分", "Score"), |(indicator, _)| html! {
            @if judged(indicator) { (mark(indicator).and_then(|mark| mark.score.as_deref()).unwrap_or_default()) }
            @else { span.muted { (request.t("按公式", "by formula")) } }
        }).narrow()
        .text(request.t("理由", "Reason"), |(indicator, _)| mark(indicator).map_or("", |mark| &mark.reason))
        .paper(true)
        .render()
}

fn claim(request: &PageRequest, indicator: &Indicator, figures: &[Figure], annexes: &Annexes) -> Markup {
    let Some(claim) = figures.iter().find(|figure| figure.indicator == indicator.key.as_str()) else {
        return html! { "—" };
    };
    html! {
        (values::written(request, &claim.value, indicator.unit.as_deref()))
        br;
        span.muted {
            (claim.source_body) @if !claim.calibre.is_empty() { (request.t("，", ", ")) (claim.calibre) }
            @for annex in &claim.evidence { (request.t("，", ", ")) (annexes.cited(request, *annex)) }
            @if !claim.explanation.is_empty() { (request.t("；说明：", "; explanation: ")) (claim.explanation) }
        }
    }
}

fn foot(request: &PageRequest, own: Option<&Own>) -> Markup {
    let signed = own.and_then(|own| own.sheet.versions.last());
    let said = |title: &str, text: Option<&str>| {
        html! { h2 { (title) } p.text.written { (text.unwrap_or_default()) } }
    };
    html! {
        (said(request.t("总体意见", "Overall opinion"), own.map(|own| &*own.sheet.content.opinion)))
        div.together {
            (said(request.t("不同意见（如有）", "Dissent note, if any"), own.map(|own| &*own.sheet.content.dissent)))
            p.muted { (request.t("最低分、最高分及本届规定的指标须写明理由。", "A reason is due at the lowest and the highest score, and where the competition says.")) }
            @if let Some(version) = signed {
                p { (request.t("已于 ", "Signed electronically ")) (request.time(version.signed_at)) (request.t(" 电子签署，第", ", version ")) (version.number) (request.t("版，摘要 ", ", digest ")) code { (version.digest) } }
            }
            // What is signed electronically needs no hand.
            @if signed.is_none() { div.signatures {
                p { (request.t("专家签名：", "Expert's signature:")) }
                p { (request.t("日期：", "Date:")) }
                p { (request.t("填写人：", "Prepared by:")) }
                p { (request.t("复核人：", "Confirmed by:")) }
            } }
        }
    }
}
