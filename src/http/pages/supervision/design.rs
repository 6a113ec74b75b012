//! Every part of the design system by its name, in development builds: what pages are made of, in all states.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::super::prelude::*;
use crate::domain::problem::FieldProblem;
use crate::http::pages::charts::{self, StackedRow};
use crate::http::pages::form::Carried;
use crate::http::pages::request::Brought;

pub(super) fn pages() -> Vec<PageRoute> {
    if cfg!(debug_assertions) { vec![page("/design", Action::ReadPublic, show)] } else { Vec::new() }
}

/// The act that sample forms are for: one for everybody, which none of the samples can do.
const SAMPLE: &str = "/api/v1/objections/status";

async fn show(request: Rc<PageRequest>) -> Result<Page> {
    let request = &*request;
    let content = html! {
        p.lead { (request.t(
            "页面所用的全部构件及其名称。仅在开发版本中提供；所有内容都是样例。",
            "Every part that pages are made of, by its name. In development builds only; all content is a sample.",
        )) }
        (text(request))
        (colours(request))
        (buttons(request))
        h2 { (request.t("表单：各种字段", "Form: every kind of field")) " " code { "form::Field" } }
        (fields(request, &sample_form(request)))
        (errors(request))
        (stale(request))
        (tables(request))
        (navigation(request))
        (states(request))
        (confirmation(request))
        (drawings(request))
        (print(request))
    };
    Ok(Page::new(request.t("设计样例", "Design system"), content).crumb("/", request.t("首页", "Home")))
}

fn text(request: &PageRequest) -> Markup {
    html! {
        h2 { (request.t("文字", "Type")) }
        p.lead { code { ".lead" } " " (request.t("引导语：一两句话说明本页做什么。", "A lead says in a sentence or two what a page is for.")) }
        p { (request.t("正文：产业链是指……1234567890，", "Body: a chain is … 1234567890, ")) a href="#main" { (request.t("链接", "a link")) } "，" code { "code" } "，" strong { "strong" } "。" }
        p.muted { code { ".muted" } " " (request.t("次要文字", "Text of less weight")) }
        p.text { code { ".text" } (request.t("\n保留换行的\n用户文字", "\ntext of people,\nwith its line ends")) }
        p { code { ".number" } " " span.number { "1,234.50" } }
        h3 { (request.t("三级标题", "Heading of the third level")) " " code { "h3" } }
        ul { li { (request.t("列表", "A list")) } li { (request.t("第二项", "Its second entry")) } }
        (facts(&[
            (request.t("名称", "Name"), html! { code { "dl.facts" } }),
            (request.t("数值", "Value"), html! { "12.5" span.unit { (request.t("亿元", "hundred million yuan")) } }),
        ]))
    }
}

fn colours(request: &PageRequest) -> Markup {
    let tones = [
        (request.t("中性", "Neutral"), Tone::Neutral),
        (request.t("进行", "Active"), Tone::Active),
        (request.t("良好", "Good"), Tone::Good),
        (request.t("留意", "Warning"), Tone::Warning),
        (request.t("不利", "Bad"), Tone::Bad),
    ];
    html! {
        h2 { (request.t("颜色与状态", "Colours and states")) }
        p { @for (words, tone) in tones { (tag(words, tone)) " " } code { "parts::tag" } }
        p { (request.t("图表的系列，深浅相间：", "Series of charts, dark and light by turns: ")) code { ".chart-look-0 … 7" } }
        svg width="320" height="32" aria-hidden="true" {
            @for look in 0..8 { rect x=(look * 40) width="36" height="32" class=(format!("chart-look-{look}")); }
        }
        @for (words, tone) in tones {
            (notice(tone, &html! { p { (words) " " code { "parts::notice" } } }))
        }
        div.flash role="status" { code { ".flash" } " " (request.t("已保存。", "Saved.")) }
    }
}

fn buttons(request: &PageRequest) -> Markup {
    html! {
        h2 { (request.t("按钮", "Buttons")) }
        div.buttons {
            button type="button" { (request.t("主要", "Main")) }
            button.secondary type="button" { (request.t("次要", "Secondary")) " .secondary" }
            button.danger type="button" { (request.t("不可逆", "Can't be undone")) " .danger" }
            button type="button" disabled { (request.t("不可用", "Disabled")) }
            a.button href="#main" { (request.t("链接按钮", "A link as a button")) }
        }
    }
}

fn sample_form(request: &PageRequest) -> Form<'_> {
    request.form(Method::Post, SAMPLE)
}

fn choices(request: &PageRequest) -> Vec<(String, String)> {
    [("a", request.t("生物医药", "Biomedicine")), ("b", request.t("集成电路", "Integrated circuits"))]
        .map(|(key, words)| (key.to_owned(), words.to_owned()))
        .to_vec()
}

fn fields(request: &PageRequest, form: &Form<'_>) -> Markup {
    let steps = ["0", "1", "2", "3", "4", "5"].map(str::to_owned);
    form.render(&html! {
        (form.field(&Field::text("/text", request.t("单行文字", "A line of text")).hint(request.t("提示写在这里", "A hint stands here")).required()))
        (form.field(&Field::text("/choice", request.t("可不填", "May stay empty")).medium()))
        (form.field(&Field::number("/number", request.t("数字", "A number")).unit("%").value("12.5").short().required()))
        (form.field(&Field::password("/password", request.t("密码", "A password"), "off").medium().required()))
        (form.field(&Field::date("/date", request.t("日期", "A date")).value("2026-03-10").required()))
        (form.field(&Field::time("/time:time", request.t("时刻", "A moment")).value("2026-03-10T17:00").required()))
        (form.field(&Field::area("/area", request.t("多行文字", "Text of several lines"), 3).required()))
        (form.field(&Field::select("/select", request.t("下拉选择", "One of many"), choices(request)).required()))
        (form.field(&Field::radios("/radios", request.t("单选", "One of a few"), choices(request)).value("a").required()))
        (form.field(&Field::scale("/scale", request.t("评分档", "A score of a scale"), steps).value("4").required()))
        (form.field(&Field::checkbox("/yes:yes", request.t("我同意", "I agree"))))
        (form.field(&Field::file("/file", request.t("上传文件", "A file"), ".pdf").hint(request.t("支持拖放；显示上传进度", "Drop it here; progress is shown"))))
        div.buttons { button type="button" { (request.t("保存", "Save")) } button.secondary type="button" { (request.t("取消", "Cancel")) } }
        p.saved data-state="saved" { code { ".saved[data-state=saved]" } " " (request.t("已保存，17:00", "Saved at 17:00")) }
        p.saved data-state="failed" { code { "[data-state=failed]" } " " (request.t("尚未保存", "Not saved")) }
        p.saved data-state="device" { code { "[data-state=device]" } " " (request.t("保存在本机，恢复连接后发送", "Kept on this device, sent once there is a connection")) }
    })
}

/// The same page as it would be asked for after its sample form had failed.
fn failed(request: &PageRequest, error: Error, fields: &[(&str, &str)]) -> PageRequest {
    let fields = fields.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    PageRequest {
        service: request.service.clone(),
        context: Arc::clone(&request.context),
        language: request.language,
        path: BTreeMap::new(),
        query: BTreeMap::new(),
        here: request.here.clone(),
        csrf_token: request.csrf_token.clone(),
        carried: Some(Carried { act: format!("POST {SAMPLE}"), fields, error }),
        complaint: RefCell::new(None),
        once: Cell::new(false),
        flash: None,
        brought: Brought::default(),
        still: false,
    }
}

/// Names of fields must differ from those of the other samples, as their identifiers follow from them.
fn errors(request: &PageRequest) -> Markup {
    let problems = vec![
        FieldProblem::new("/wrong", "sample", "请填写名称", "Enter a name"),
        FieldProblem::new("/wrong-choice", "sample", "请选择一项", "Choose one"),
    ];
    let failed = failed(request, Error::invalid(problems), &[("/wrong", ""), ("/wrong-choice", "")]);
    let form = sample_form(&failed);
    html! {
        h2 { (request.t("表单：有错误", "Form: with errors")) " " code { ".errors, .wrong" } }
        @let fields = form.render(&html! {
            (form.field(&Field::text("/wrong", request.t("名称", "Name")).required()))
            (form.field(&Field::radios("/wrong-choice", request.t("产业链", "Chain"), choices(request)).required()))
        });
        (failed.complaint.take().unwrap_or_default())
        (fields)
    }
}

fn stale(request: &PageRequest) -> Markup {
    let typed = request.t("我填写的内容", "What I typed");
    let failed = failed(request, Error::stale(2, Vec::new()), &[("/stale", typed)]);
    let form = sample_form(&failed).revision(1);
    html! {
        h2 { (request.t("表单：已被他人修改", "Form: changed by others")) " " code { ".stored" } }
        @let fields = form.render(&form.field(
            &Field::text("/stale", request.t("名称", "Name")).value(request.t("他人保存的内容", "What somebody else saved")).required(),
        ));
        (failed.complaint.take().unwrap_or_default())
        (fields)
    }
}

fn tables(request: &PageRequest) -> Markup {
    let rows =
        [("1", request.t("苏州市", "Suzhou"), "92.50"), ("2", request.t("南通市", "Nantong"), "90.25")];
    let table = Table::new(
        html! { code { "Table::new" } " " (request.t("窄屏时逐行成卡片", "On a phone each row is a card")) },
        rows,
    )
    .number(request.t("名次", "Place"), |(place, ..)| *place)
    .head(request.t("地区", "Region"), |(_, region, _)| *region)
    .number(request.t("得分", "Score"), |(.., score)| *score);
    html! {
        h2 { (request.t("表格", "Tables")) }
        (table.render())
        div.cards {
            article.card { h3 { code { "article.card" } } p { (request.t("一张卡片", "A card")) } }
            article.card { h3 { (request.t("第二张", "Another")) } p { (request.t("并排，窄屏时上下排列", "Side by side, or below each other on a phone")) } }
        }
    }
}

fn navigation(request: &PageRequest) -> Markup {
    let views = [
        ("/design".to_owned(), request.t("概况", "Overview")),
        ("/design?view=other".to_owned(), request.t("另一视图", "Another view")),
    ];
    html! {
        h2 { (request.t("导航", "Navigation")) }
        p { code { "parts::tabs" } }
        (tabs(request, request.t("样例视图", "Sample views"), &views, "/design"))
        p { code { "List::pages" } }
        (List::new(request, "/design").pages(Some("2")))
        p { code { "ul.tasks" } }
        ul.tasks {
            li { a href="#main" { (request.t("填写基本情况", "Fill in the profile")) } " " (tag(request.t("已完成", "Done"), Tone::Good)) }
            li { a href="#main" { (request.t("上传佐证材料", "Upload evidence")) } " " (tag(request.t("未完成", "To do"), Tone::Warning)) }
        }
    }
}

fn states(request: &PageRequest) -> Markup {
    html! {
        h2 { (request.t("进程与空状态", "Stages, and nothing yet")) }
        p { code { "ol.timeline" } }
        ol.timeline {
            li.done { (request.t("申报", "Applications")) span.when { "2026-03-10 – 2026-04-08" } }
            li.now aria-current="step" { (request.t("初审与推荐", "City review and recommendation")) span.when { "2026-04-08 – 2026-04-30" } }
            li.next { (request.t("审查", "Checks")) span.when { "2026-05-06 – 2026-05-15" } }
        }
        p { code { "parts::empty" } }
        (empty(&html! {
            p { (request.t("还没有申报。", "There is no application yet.")) }
            div.buttons { a.button href="#main" { (request.t("新建申报", "Start an application")) } }
        }))
        p { code { ".secret" } }
        p.secret { "qll_sample" }
    }
}

fn confirmation(request: &PageRequest) -> Markup {
    html! {
        h2 { (request.t("确认不可逆的操作", "Confirming what can't be undone")) }
        (facts(&[
            (request.t("对象", "Object"), html! { (request.t("苏州市推荐名单（样例）", "The list of Suzhou (a sample)")) }),
            (request.t("内容", "Content"), html! { (request.t("2件申报", "2 applications")) }),
        ]))
        (notice(Tone::Warning, &html! { p { (request.t("封存后不能更改。", "Once sealed it can't be changed.")) } }))
        div.buttons {
            button.danger type="button" { (request.t("封存推荐名单", "Seal the recommendation list")) }
            a href="#main" { (request.t("返回", "Go back")) }
        }
    }
}

fn tenths(value: i64) -> Decimal {
    Decimal::new(value, 1)
}

fn drawings(request: &PageRequest) -> Markup {
    let language = request.language;
    let sample = |zh: &str, en: &str| {
        if request.is_chinese() { format!("{zh}（样例数据）") } else { format!("{en} (sample values)") }
    };
    let (suzhou, nantong) = (request.t("苏州市", "Suzhou"), request.t("南通市", "Nantong"));
    let stacked = [(suzhou, [305, 402, 150]), (nantong, [280, 390, 190])].map(|(label, values)| StackedRow {
        label: label.to_owned(),
        total: tenths(values.iter().sum()),
        values: values.map(tenths).to_vec(),
    });
    let series = [
        request.t("产业基础", "Base"),
        request.t("创新能力", "Innovation"),
        request.t("协同", "Cooperation"),
    ];
    let panels = [
        (suzhou.to_owned(), [820, 835, 850, 850, 905].map(tenths).to_vec()),
        (nantong.to_owned(), [780, 790, 800, 640, 805].map(tenths).to_vec()),
    ];
    let counts = [(suzhou.to_owned(), 12), (nantong.to_owned(), 7)];
    let day = |month, day| NaiveDate::from_ymd_opt(2026, month, day).unwrap_or_default();
    let points = [(day(3, 10), 2), (day(3, 20), 9), (day(4, 1), 21), (day(4, 8), 42)];
    let spans = [
        (request.t("申报", "Applications").to_owned(), day(3, 10), day(4, 8)),
        (request.t("初审与推荐", "City review and recommendation").to_owned(), day(4, 8), day(4, 30)),
        (request.t("评审", "Review").to_owned(), day(5, 18), day(6, 30)),
    ];
    let criteria = [
        (request.t("产业基础", "Base").to_owned(), tenths(305), tenths(350)),
        (request.t("创新能力", "Innovation").to_owned(), tenths(290), tenths(400)),
    ];
    html! {
        h2 { (request.t("图表", "Charts")) " " code { "charts" } }
        (notice(Tone::Active, &html! { p { (request.t("以下数值均为样例。", "All values below are samples.")) } }))
        (charts::stacked_bars(&sample("各指标得分", "Score by criterion"), &stacked, &series, Decimal::ONE_HUNDRED, language))
        (charts::dot_plot(&sample("评分表的分布", "Spread of the sheets"), &panels, Decimal::ZERO, Decimal::ONE_HUNDRED, language))
        (charts::bars(&sample("各市申报数", "Applications by city"), &counts, language))
        (charts::line(&sample("累计提交", "Submitted so far"), &points, language))
        (charts::calendar(&sample("日程", "Calendar"), &spans, day(4, 15), language))
        (charts::criterion_bars(&sample("自评", "Self-score"), &criteria, language))
    }
}

fn print(request: &PageRequest) -> Markup {
    html! {
        h2 { (request.t("打印", "Print")) }
        p { (request.t("在浏览器中选“打印”可预览 A4 版式：", "Choose “Print” in the browser to preview it on A4: "))
            code { ".screen" } (request.t(" 不打印，", " is left out, ")) code { ".print" } (request.t(" 只打印。", " is printed alone.")) }
        (print_button(request))
        p.print { (request.t("这一行只出现在纸上。", "This line is on paper alone.")) }
        div.paper {
            h2 { (request.t("评分表（样例）", "Score sheet (a sample)")) }
            p { code { ".paper" } " " (request.t("可打印的表单", "A form to be printed")) }
            div.signatures {
                div { (request.t("专家签名", "Expert's signature")) }
                div { (request.t("日期", "Date")) }
            }
        }
    }
}
