//! Tests through the public face: the service over HTTP on both databases, the command line, and the library as an
//! offline verifier calls it.

#![expect(
    clippy::needless_pass_by_value,
    clippy::too_many_lines,
    reason = "tests are tables and short-lived JSON values"
)]

mod account_keeping;
mod accounts;
mod announcements;
mod applications;
mod archives;
mod audit;
mod backup;
mod behind_nginx;
mod cases;
mod checks;
mod command_line;
mod competitions;
mod compression;
mod confirmations;
mod crawl;
mod damage;
mod data;
mod databases;
mod demo;
mod doctor;
mod draws;
mod evidence;
mod examples;
mod export;
mod extremes;
mod file_kinds;
mod files;
mod forms;
mod glossary;
mod golden;
mod growth;
mod housekeeping;
mod http;
mod inspections;
mod issued;
mod jumps;
mod layers;
mod lifecycle;
mod machines;
mod made_files;
mod mail;
mod matrix;
mod members;
mod mirror;
mod names;
mod objections;
mod official;
mod one_language;
mod open_data;
mod openapi;
mod operating;
mod outages;
mod pages;
mod pages_applicant;
mod pages_expert;
mod pages_public;
mod pages_results;
mod pages_saving;
mod pages_setup;
mod pages_supervision;
mod part_tables;
mod passkeys;
mod photos;
mod plain_description;
mod platform;
mod problems;
mod properties;
mod recommendations;
mod recovery;
mod reference;
mod releases;
mod reopenings;
mod s3_server;
mod scanning;
mod schemas;
mod second_factor;
mod selections;
mod serving;
mod sessions;
mod shapes;
mod sheets;
mod spreadsheets;
mod statistics;
mod support;
mod tables;
mod trying;
mod typed;
mod undone;
mod webhooks;
