//! Every part of the design system by its name, in development builds: what pages are made of, in all states.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::super::prelude::*;
use crate::domain::problem::FieldProblem;
use crate::http::pages::asked::Brought;
use crate::http::pages::charts::{self, StackedRow};
use crate::http::pages::form::Carried;

pub(super) fn pages() -> Vec<Page> {
    if cfg!(debug_assertions) { vec![page("/design", Action::ReadPublic, show)] } else { Vec::new() }
}

/// The act that sample forms are for: one for everybody, which none of the samples can do.
const SAMPLE: &str = "/api/v1/objections/status";

async fn show(asked: Rc<Asked>) -> Result<Shown> {
    let asked = &*asked;
    let content = html! {
        p.lead { (asked.t(
            "页面所用的全部构件及其名称。仅在开发版本中提供；所有内容都是样例。",
            "Every part that pages are made of, by its name. In development builds only; all content is a sample.",
        )) }
        (text(asked))
        (colours(asked))
        (buttons(asked))
        h2 { (asked.t("表单：各种字段", "Form: every kind of field")) " " code { "form::Field" } }
        (fields(asked, &sample_form(asked)))
        (errors(asked))
        (stale(asked))
        (tables(asked))
        (navigation(asked))
        (states(asked))
        (confirmation(asked))
        (drawings(asked))
        (print(asked))
    };
    Ok(Shown::new(asked.t("设计样例", "Design system"), content).crumb("/", asked.t("首页", "Home")))
}

fn text(asked: &Asked) -> Markup {
    html! {
        h2 { (asked.t("文字", "Type")) }
        p.lead { code { ".lead" } " " (asked.t("引导语：一两句话说明本页做什么。", "A lead says in a sentence or two what a page is for.")) }
        p { (asked.t("正文：产业链是指……1234567890，", "Body: a chain is … 1234567890, ")) a href="#main" { (asked.t("链接", "a link")) } "，" code { "code" } "，" strong { "strong" } "。" }
        p.muted { code { ".muted" } " " (asked.t("次要文字", "Text of less weight")) }
        p.text { code { ".text" } (asked.t("\n保留换行的\n用户文字", "\ntext of people,\nwith its line ends")) }
        p { code { ".number" } " " span.number { "1,234.50" } }
        h3 { (asked.t("三级标题", "Heading of the third level")) " " code { "h3" } }
        ul { li { (asked.t("列表", "A list")) } li { (asked.t("第二项", "Its second entry")) } }
        (facts(&[
            (asked.t("名称", "Name"), html! { code { "dl.facts" } }),
            (asked.t("数值", "Value"), html! { "12.5" span.unit { (asked.t("亿元", "hundred million yuan")) } }),
        ]))
    }
}

fn colours(asked: &Asked) -> Markup {
    let tones = [
        (asked.t("中性", "Neutral"), Tone::Neutral),
        (asked.t("进行", "Active"), Tone::Active),
        (asked.t("完成", "Good"), Tone::Good),
        (asked.t("留意", "Warning"), Tone::Warning),
        (asked.t("不利", "Bad"), Tone::Bad),
    ];
    html! {
        h2 { (asked.t("颜色与状态", "Colours and states")) }
        p { @for (words, tone) in tones { (tag(words, tone)) " " } code { "parts::tag" } }
        p { (asked.t("图表的系列，深浅相间：", "Series of charts, dark and light by turns: ")) code { ".chart-look-0 … 7" } }
        svg width="320" height="32" aria-hidden="true" {
            @for look in 0..8 { rect x=(look * 40) width="36" height="32" class=(format!("chart-look-{look}")); }
        }
        @for (words, tone) in tones {
            (notice(tone, &html! { p { (words) " " code { "parts::notice" } } }))
        }
        div.flash role="status" { code { ".flash" } " " (asked.t("已保存。", "Saved.")) }
    }
}

fn buttons(asked: &Asked) -> Markup {
    html! {
        h2 { (asked.t("按钮", "Buttons")) }
        div.buttons {
            button type="button" { (asked.t("主要", "Main")) }
            button.secondary type="button" { (asked.t("次要", "Secondary")) " .secondary" }
            button.danger type="button" { (asked.t("不可逆", "Can't be undone")) " .danger" }
            button type="button" disabled { (asked.t("不可用", "Disabled")) }
            a.button href="#main" { (asked.t("链接按钮", "A link as a button")) }
        }
    }
}

fn sample_form(asked: &Asked) -> Form<'_> {
    asked.form(Method::Post, SAMPLE)
}

fn choices(asked: &Asked) -> Vec<(String, String)> {
    [("a", asked.t("生物医药", "Biomedicine")), ("b", asked.t("集成电路", "Integrated circuits"))]
        .map(|(key, words)| (key.to_owned(), words.to_owned()))
        .to_vec()
}

fn fields(asked: &Asked, form: &Form<'_>) -> Markup {
    let steps = ["0", "1", "2", "3", "4", "5"].map(str::to_owned);
    form.render(&html! {
        (form.field(&Field::text("/text", asked.t("单行文字", "A line of text")).hint(asked.t("提示写在这里", "A hint stands here")).required()))
        (form.field(&Field::text("/choice", asked.t("可不填", "May stay empty")).medium()))
        (form.field(&Field::number("/number", asked.t("数字", "A number")).unit("%").value("12.5").short().required()))
        (form.field(&Field::password("/password", asked.t("密码", "A password"), "off").medium().required()))
        (form.field(&Field::date("/date", asked.t("日期", "A date")).value("2026-03-10").required()))
        (form.field(&Field::time("/time:time", asked.t("时刻", "A moment")).value("2026-03-10T17:00").required()))
        (form.field(&Field::area("/area", asked.t("多行文字", "Text of several lines"), 3).required()))
        (form.field(&Field::select("/select", asked.t("下拉选择", "One of many"), choices(asked)).required()))
        (form.field(&Field::radios("/radios", asked.t("单选", "One of a few"), choices(asked)).value("a").required()))
        (form.field(&Field::scale("/scale", asked.t("评分档", "A score of a scale"), steps).value("4").required()))
        (form.field(&Field::checkbox("/yes:yes", asked.t("我同意", "I agree"))))
        (form.field(&Field::file("/file", asked.t("上传文件", "A file"), ".pdf").hint(asked.t("支持拖放；显示上传进度", "Drop it here; progress is shown"))))
        div.buttons { button type="button" { (asked.t("保存", "Save")) } button.secondary type="button" { (asked.t("取消", "Cancel")) } }
        p.saved data-state="saved" { code { ".saved[data-state=saved]" } " " (asked.t("已保存，17:00", "Saved at 17:00")) }
        p.saved data-state="failed" { code { "[data-state=failed]" } " " (asked.t("尚未保存", "Not saved")) }
        p.saved data-state="device" { code { "[data-state=device]" } " " (asked.t("保存在本机，恢复连接后发送", "Kept on this device, sent once there is a connection")) }
    })
}

/// The same page as it would be asked for after its sample form had failed.
fn failed(asked: &Asked, error: Error, fields: &[(&str, &str)]) -> Asked {
    let fields = fields.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    Asked {
        service: asked.service.clone(),
        visit: Arc::clone(&asked.visit),
        language: asked.language,
        path: BTreeMap::new(),
        query: BTreeMap::new(),
        here: asked.here.clone(),
        seal: asked.seal.clone(),
        carried: Some(Carried { act: format!("POST {SAMPLE}"), fields, error }),
        complaint: RefCell::new(None),
        once: Cell::new(false),
        flash: None,
        brought: Brought::default(),
        still: false,
    }
}

/// Names of fields must differ from those of the other samples, as their identifiers follow from them.
fn errors(asked: &Asked) -> Markup {
    let problems = vec![
        FieldProblem::new("/wrong", "sample", "请填写名称", "Enter a name"),
        FieldProblem::new("/wrong-choice", "sample", "请选择一项", "Choose one"),
    ];
    let failed = failed(asked, Error::invalid(problems), &[("/wrong", ""), ("/wrong-choice", "")]);
    let form = sample_form(&failed);
    html! {
        h2 { (asked.t("表单：有错误", "Form: with errors")) " " code { ".errors, .wrong" } }
        @let fields = form.render(&html! {
            (form.field(&Field::text("/wrong", asked.t("名称", "Name")).required()))
            (form.field(&Field::radios("/wrong-choice", asked.t("产业链", "Chain"), choices(asked)).required()))
        });
        (failed.complaint.take().unwrap_or_default())
        (fields)
    }
}

fn stale(asked: &Asked) -> Markup {
    let typed = asked.t("我填写的内容", "What I typed");
    let failed = failed(asked, Error::stale(2, Vec::new()), &[("/stale", typed)]);
    let form = sample_form(&failed).revision(1);
    html! {
        h2 { (asked.t("表单：已被他人修改", "Form: changed by others")) " " code { ".stored" } }
        @let fields = form.render(&form.field(
            &Field::text("/stale", asked.t("名称", "Name")).value(asked.t("他人保存的内容", "What somebody else saved")).required(),
        ));
        (failed.complaint.take().unwrap_or_default())
        (fields)
    }
}

fn tables(asked: &Asked) -> Markup {
    let rows = [("1", asked.t("苏州市", "Suzhou"), "92.50"), ("2", asked.t("南通市", "Nantong"), "90.25")];
    let table = Table::new(
        html! { code { "Table::new" } " " (asked.t("窄屏时逐行成卡片", "On a phone each row is a card")) },
        rows,
    )
    .number(asked.t("名次", "Place"), |(place, ..)| *place)
    .head(asked.t("地区", "Region"), |(_, region, _)| *region)
    .number(asked.t("得分", "Score"), |(.., score)| *score);
    html! {
        h2 { (asked.t("表格", "Tables")) }
        (table.render())
        div.cards {
            article.card { h3 { code { "article.card" } } p { (asked.t("一张卡片", "A card")) } }
            article.card { h3 { (asked.t("第二张", "Another")) } p { (asked.t("并排，窄屏时上下排列", "Side by side, or below each other on a phone")) } }
        }
    }
}

fn navigation(asked: &Asked) -> Markup {
    let views = [
        ("/design".to_owned(), asked.t("概况", "Overview")),
        ("/design?view=other".to_owned(), asked.t("另一视图", "Another view")),
    ];
    html! {
        h2 { (asked.t("导航", "Navigation")) }
        p { code { "parts::tabs" } }
        (tabs(asked, asked.t("样例视图", "Sample views"), &views, "/design"))
        p { code { "List::pages" } }
        (List::new(asked, "/design").pages(Some("2")))
        p { code { "ul.tasks" } }
        ul.tasks {
            li { a href="#main" { (asked.t("填写基本情况", "Fill in the profile")) } " " (tag(asked.t("已完成", "Done"), Tone::Good)) }
            li { a href="#main" { (asked.t("上传佐证材料", "Upload evidence")) } " " (tag(asked.t("未完成", "To do"), Tone::Warning)) }
        }
    }
}

fn states(asked: &Asked) -> Markup {
    html! {
        h2 { (asked.t("进程与空状态", "Stages, and nothing yet")) }
        p { code { "ol.timeline" } }
        ol.timeline {
            li.done { (asked.t("申报", "Applications")) span.when { "2026-03-10 – 2026-04-08" } }
            li.now aria-current="step" { (asked.t("推荐", "Recommendation")) span.when { "2026-04-08 – 2026-04-30" } }
            li.next { (asked.t("审查", "Checks")) span.when { "2026-05-06 – 2026-05-15" } }
        }
        p { code { "parts::empty" } }
        (empty(&html! {
            p { (asked.t("还没有申报。", "There is no application yet.")) }
            div.buttons { a.button href="#main" { (asked.t("新建申报", "Start one")) } }
        }))
        p { code { ".secret" } }
        p.secret { "qll_sample" }
    }
}

fn confirmation(asked: &Asked) -> Markup {
    html! {
        h2 { (asked.t("确认不可逆的操作", "Confirming what can't be undone")) }
        (facts(&[
            (asked.t("对象", "What"), html! { (asked.t("苏州市推荐名单（样例）", "The list of Suzhou (a sample)")) }),
            (asked.t("内容", "Content"), html! { (asked.t("2件申报", "2 applications")) }),
        ]))
        (notice(Tone::Warning, &html! { p { (asked.t("封存后不能更改。", "Once sealed it can't be changed.")) } }))
        div.buttons {
            button.danger type="button" { (asked.t("封存名单", "Seal the list")) }
            a href="#main" { (asked.t("返回", "Go back")) }
        }
    }
}

fn tenths(value: i64) -> Decimal {
    Decimal::new(value, 1)
}

fn drawings(asked: &Asked) -> Markup {
    let language = asked.language;
    let sample = |zh: &str, en: &str| {
        if asked.is_chinese() { format!("{zh}（样例数据）") } else { format!("{en} (sample values)") }
    };
    let (suzhou, nantong) = (asked.t("苏州市", "Suzhou"), asked.t("南通市", "Nantong"));
    let stacked = [(suzhou, [305, 402, 150]), (nantong, [280, 390, 190])].map(|(label, values)| StackedRow {
        label: label.to_owned(),
        total: tenths(values.iter().sum()),
        values: values.map(tenths).to_vec(),
    });
    let series =
        [asked.t("产业基础", "Base"), asked.t("创新能力", "Innovation"), asked.t("协同", "Cooperation")];
    let panels = [
        (suzhou.to_owned(), [820, 835, 850, 850, 905].map(tenths).to_vec()),
        (nantong.to_owned(), [780, 790, 800, 640, 805].map(tenths).to_vec()),
    ];
    let counts = [(suzhou.to_owned(), 12), (nantong.to_owned(), 7)];
    let day = |month, day| NaiveDate::from_ymd_opt(2026, month, day).unwrap_or_default();
    let points = [(day(3, 10), 2), (day(3, 20), 9), (day(4, 1), 21), (day(4, 8), 42)];
    let spans = [
        (asked.t("申报", "Applications").to_owned(), day(3, 10), day(4, 8)),
        (asked.t("推荐", "Recommendation").to_owned(), day(4, 8), day(4, 30)),
        (asked.t("评审", "Review").to_owned(), day(5, 18), day(6, 30)),
    ];
    let criteria = [
        (asked.t("产业基础", "Base").to_owned(), tenths(305), tenths(350)),
        (asked.t("创新能力", "Innovation").to_owned(), tenths(290), tenths(400)),
    ];
    html! {
        h2 { (asked.t("图表", "Charts")) " " code { "charts" } }
        (notice(Tone::Active, &html! { p { (asked.t("以下数值均为样例。", "All values below are samples.")) } }))
        (charts::stacked_bars(&sample("各指标得分", "Score by criterion"), &stacked, &series, Decimal::ONE_HUNDRED, language))
        (charts::dot_plot(&sample("评分表的分布", "Spread of the sheets"), &panels, Decimal::ZERO, Decimal::ONE_HUNDRED, language))
        (charts::bars(&sample("各市申报数", "Applications by city"), &counts, language))
        (charts::line(&sample("累计提交", "Submitted so far"), &points, language))
        (charts::calendar(&sample("日程", "Calendar"), &spans, day(4, 15), language))
        (charts::criterion_bars(&sample("自评", "Self-score"), &criteria, language))
    }
}

fn print(asked: &Asked) -> Markup {
    html! {
        h2 { (asked.t("打印", "Print")) }
        p { (asked.t("在浏览器中选“打印”可预览 A4 版式：", "Choose “Print” in the browser to preview it on A4: "))
            code { ".screen" } (asked.t(" 不打印，", " is left out, ")) code { ".print" } (asked.t(" 只打印。", " is printed alone.")) }
        (print_button(asked))
        p.print { (asked.t("这一行只出现在纸上。", "This line is on paper alone.")) }
        div.paper {
            h2 { (asked.t("评分表（样例）", "Score sheet (a sample)")) }
            p { code { ".paper" } " " (asked.t("可打印的表单", "A form to be printed")) }
            div.signatures {
                div { (asked.t("专家签名", "Expert")) }
                div { (asked.t("日期", "Date")) }
            }
        }
    }
}
