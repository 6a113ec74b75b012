//! Open data: its files, and the catalogue of them for those who harvest it (DCAT-AP 3 as JSON-LD).

use serde_json::{Value, json};

use crate::actions::open_data::{self, OpenEdition, OpenFile, OpenFormat};
use crate::domain::open_data::{Licence, OpenTable};
use crate::error::Result;
use crate::http::request::{CSV, JSON, Reply, Request};

/// The media type of the catalogue.
pub(in crate::http) const JSON_LD: &str = "application/ld+json";

fn media_type(format: OpenFormat) -> &'static str {
    match format {
        OpenFormat::Csv => CSV,
        OpenFormat::Json => JSON,
    }
}

/// A table that belongs to no competition.
pub(in crate::http) async fn file(request: Request, table: OpenTable, format: OpenFormat) -> Result<Reply> {
    let bytes = open_data::file(&request.service, table, format).await?;
    Ok(Reply::text(media_type(format), bytes))
}

/// A table of a competition.
pub(in crate::http) async fn of_edition(
    request: Request,
    table: OpenTable,
    format: OpenFormat,
) -> Result<Reply> {
    let id = request.id("competition_id")?;
    let bytes = open_data::file_of(&request.service, id, table, format).await?;
    Ok(Reply::text(media_type(format), bytes))
}

/// The catalogue. Its addresses are relative to its own, so that they hold wherever the service or a copy of its files lies.
pub(in crate::http) async fn catalogue(request: Request) -> Result<Reply> {
    let all = open_data::all(&request.service).await?;
    let general = all.general.chunk_by(|one, next| one.table == next.table);
    let mut datasets: Vec<Value> = general.map(|files| dataset(files, None)).collect();
    for edition in &all.editions {
        let tables = edition.files.chunk_by(|one, next| one.table == next.table);
        datasets.extend(tables.map(|files| dataset(files, Some(edition))));
    }
    let publisher = all.editions.first().map(|edition| edition.issuer.as_str());
    let document = json!({
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "foaf": "http://xmlns.com/foaf/0.1/",
            "spdx": "http://spdx.org/rdf/terms#",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
        },
        "@id": "catalogue.jsonld",
        "@type": "dcat:Catalog",
        "dct:title": words("区域卓越产业链竞赛开放数据", "Open data of the regional excellent-chain competition"),
        "dct:description": words(
            "已公布的入选名单、排名和称号，以及重点产业链和地区目录；各列的含义见字段说明。",
            "Winners, rankings and titles as they were announced, and the catalogue of key chains and regions; a field guide explains each column.",
        ),
        "dct:language": language(),
        "dct:publisher": agent(publisher),
        "foaf:homepage": { "@id": "/" },
        "dcat:dataset": datasets,
    });
    let text =
        serde_json::to_vec(&document).map_err(|error| crate::error::Error::internal(error.to_string()))?;
    Ok(Reply::text(JSON_LD, text))
}

fn words(zh: &str, en: &str) -> Value {
    json!([{ "@language": "zh", "@value": zh }, { "@language": "en", "@value": en }])
}

/// What the texts of the tables are written in.
fn language() -> Value {
    json!({ "@id": "http://publications.europa.eu/resource/authority/language/ZHO" })
}

/// Who published something. Before anything was, it is whoever runs the service.
fn agent(name: Option<&str>) -> Value {
    json!({ "@type": "foaf:Agent", "foaf:name": name.unwrap_or("领导小组办公室") })
}

/// A table with its files.
fn dataset(files: &[OpenFile], edition: Option<&OpenEdition>) -> Value {
    let Some(first) = files.first() else { return Value::Null };
    let (zh, en) = first.table.name();
    let folder = edition.map_or_else(String::new, |edition| format!("editions/{}/", edition.competition_id));
    let mut told = json!({
        "@id": format!("{folder}{}", first.table),
        "@type": "dcat:Dataset",
        "dct:identifier": format!("{folder}{}", first.table),
        "dct:title": match edition {
            Some(edition) => words(&format!("{}{zh}", edition.title), &format!("{en}: {}", edition.title)),
            None => words(zh, en),
        },
        "dct:description": words(
            &format!("{zh}。各列：{}。", first.table.columns().join("、")),
            &format!("{en}. Columns: {}.", first.table.columns().join(", ")),
        ),
        "dct:language": language(),
        "foaf:page": { "@id": "/data" },
        "dcat:distribution": files.iter().map(|file| distribution(file, &folder, edition)).collect::<Vec<_>>(),
    });
    if let Some(edition) = edition {
        told["dct:publisher"] = agent(Some(&edition.issuer));
        told["dct:issued"] = json!({ "@type": "xsd:date", "@value": edition.published_on });
    }
    told
}

fn distribution(file: &OpenFile, folder: &str, edition: Option<&OpenEdition>) -> Value {
    let address = format!("{folder}{}.{}", file.table, file.format);
    let iana = match file.format {
        OpenFormat::Csv => "text/csv",
        OpenFormat::Json => "application/json",
    };
    let mut told = json!({
        "@id": address,
        "@type": "dcat:Distribution",
        "dcat:accessURL": { "@id": address },
        "dcat:downloadURL": { "@id": address },
        "dcat:mediaType": { "@id": format!("https://www.iana.org/assignments/media-types/{iana}") },
        "dcat:byteSize": { "@type": "xsd:nonNegativeInteger", "@value": file.bytes.len().to_string() },
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": { "@id": "spdx:checksumAlgorithm_sha256" },
            "spdx:checksumValue": { "@type": "xsd:hexBinary", "@value": file.digest().to_string() },
        },
    });
    if let Some(licence) = edition.map(|edition| &edition.licence).filter(|licence| !licence.is_none()) {
        told["dct:license"] = terms(licence);
    }
    told
}

fn terms(licence: &Licence) -> Value {
    let mut told = json!({ "@type": "dct:LicenseDocument", "dct:title": licence.name });
    if !licence.url.is_empty() {
        told["@id"] = licence.url.as_str().into();
    }
    told
}
