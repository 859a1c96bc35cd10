//! The list of all forensic tests, in the order of the handbook and of every list of findings.
//!
//! The shelves are those of diplomatics: `signature` and `form` are extrinsic form, `date` and `language`
//! intrinsic form, `transmission` the way a record took, `collection` its bond with other records.

mod collection;
mod date;
mod form;
mod language;
mod people;
mod signature;
mod transmission;

use crate::Test;

/// Every test. An examination says exactly which tests ran, and in what order: this one.
pub const TESTS: &[&Test] = &[
    // signature: what is proved by cryptography
    &signature::dkim_verification::DKIM_VERIFICATION,
    &signature::dkim_key_provenance::DKIM_KEY_PROVENANCE,
    &signature::dkim_key_window::DKIM_KEY_WINDOW,
    &signature::dkim_key_strength::DKIM_KEY_STRENGTH,
    &signature::dkim_scope::DKIM_SCOPE,
    &signature::dkim_alignment::DKIM_ALIGNMENT,
    &signature::dkim_body_hash::DKIM_BODY_HASH,
    &signature::dkim_repair::DKIM_REPAIR,
    &signature::dkim_times::DKIM_TIMES,
    &signature::arc_chain::ARC_CHAIN,
    &signature::x_google_dkim::X_GOOGLE_DKIM,
    &signature::domainkeys::DOMAINKEYS,
    &signature::smime_signature::SMIME_SIGNATURE,
    &signature::openpgp_signature::OPENPGP_SIGNATURE,
    &signature::personal_scope::PERSONAL_SCOPE,
    &signature::personal_signer::PERSONAL_SIGNER,
    &signature::header_reading::HEADER_READING,
    &signature::private_key::PRIVATE_KEY,
    // transmission: the relays and their clocks
    &transmission::received_chain::RECEIVED_CHAIN,
    &transmission::received_clock_order::RECEIVED_CLOCK_ORDER,
    &transmission::recorded_results::RECORDED_RESULTS,
    &transmission::recorded_signature_value::RECORDED_SIGNATURE_VALUE,
    &transmission::gmail_received_ms::GMAIL_RECEIVED_MS,
    &transmission::gmail_structure_era::GMAIL_STRUCTURE_ERA,
    &transmission::cipher_release_date::CIPHER_RELEASE_DATE,
    &transmission::exchange_arrival_time::EXCHANGE_ARRIVAL_TIME,
    &transmission::exim_id_time::EXIM_ID_TIME,
    &transmission::postfix_id_time::POSTFIX_ID_TIME,
    &transmission::sendmail_id_time::SENDMAIL_ID_TIME,
    // date: the clocks of the sender
    &date::date_weekday::DATE_WEEKDAY,
    &date::date_vs_received::DATE_VS_RECEIVED,
    &date::gmail_boundary_time::GMAIL_BOUNDARY_TIME,
    &date::gmail_internal_id_time::GMAIL_INTERNAL_ID_TIME,
    &date::legacy_gmail_id_time::LEGACY_GMAIL_ID_TIME,
    &date::outlook_message_id_time::OUTLOOK_MESSAGE_ID_TIME,
    &date::outlook_boundary_local_time::OUTLOOK_BOUNDARY_LOCAL_TIME,
    &date::thread_index_time::THREAD_INDEX_TIME,
    &date::java_mail_time::JAVA_MAIL_TIME,
    &date::dated_message_id::DATED_MESSAGE_ID,
    &date::linked_id_time::LINKED_ID_TIME,
    &date::document_times::DOCUMENT_TIMES,
    // form: the habits of programs
    &form::mailer_self_consistency::MAILER_SELF_CONSISTENCY,
    &form::mailer_release_date::MAILER_RELEASE_DATE,
    &form::thunderbird_shape::THUNDERBIRD_SHAPE,
    &form::apple_mail_shape::APPLE_MAIL_SHAPE,
    &form::exchange_boundary_message_id::EXCHANGE_BOUNDARY_MESSAGE_ID,
    &form::alternative_agreement::ALTERNATIVE_AGREEMENT,
    &form::repeated_fields::REPEATED_FIELDS,
    &form::multipart_reading::MULTIPART_READING,
    &form::hidden_text::HIDDEN_TEXT,
    &form::pdf_metadata_agreement::PDF_METADATA_AGREEMENT,
    // language: the languages of programs and people
    &language::check_digits::CHECK_DIGITS,
    &language::invoice_arithmetic::INVOICE_ARITHMETIC,
    &language::program_language::PROGRAM_LANGUAGE,
    // collection: the collection against itself and against the originals
    &collection::altered_copy::ALTERED_COPY,
    &collection::shared_identifier::SHARED_IDENTIFIER,
    &collection::signer_agreement::SIGNER_AGREEMENT,
    &collection::expected_signature::EXPECTED_SIGNATURE,
    &collection::changed_bodies::CHANGED_BODIES,
    &collection::receiver_fields::RECEIVER_FIELDS,
    &collection::sender_time_zone::SENDER_TIME_ZONE,
    &collection::sender_header_order::SENDER_HEADER_ORDER,
    &collection::sender_network::SENDER_NETWORK,
    &collection::sender_program::SENDER_PROGRAM,
    &collection::sender_profile::SENDER_PROFILE,
    &collection::sender_identity::SENDER_IDENTITY,
    &collection::gmail_era_token::GMAIL_ERA_TOKEN,
    &collection::selector_keys::SELECTOR_KEYS,
    &collection::quoted_parent::QUOTED_PARENT,
    &collection::reply_order::REPLY_ORDER,
    &collection::answered_message::ANSWERED_MESSAGE,
    &collection::attachment_origin::ATTACHMENT_ORIGIN,
    &collection::attachment_save_time::ATTACHMENT_SAVE_TIME,
    &collection::document_versions::DOCUMENT_VERSIONS,
    &collection::save_burst::SAVE_BURST,
    &collection::last_saver::LAST_SAVER,
    &collection::mailbox_end::MAILBOX_END,
    &collection::folder_agreement::FOLDER_AGREEMENT,
    &collection::store_marks::STORE_MARKS,
    &collection::store_order::STORE_ORDER,
    &collection::stored_time::STORED_TIME,
    &collection::outlook_properties::OUTLOOK_PROPERTIES,
    &collection::reference_comparison::REFERENCE_COMPARISON,
    &collection::decoy_registry::DECOY_REGISTRY,
    &collection::published_text::PUBLISHED_TEXT,
    &collection::credential_phishing::CREDENTIAL_PHISHING,
];
