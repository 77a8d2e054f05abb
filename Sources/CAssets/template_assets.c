#include "CAssets.h"

// #embed is C23; clang 21 has it in every mode and warns outside of C23.
#pragma clang diagnostic ignored "-Wc23-extensions"

#define TEMPLATE(identifier) static const unsigned char identifier[]
#define ENTRY(name, identifier) {name, identifier, sizeof identifier - 1}

TEMPLATE(notification_en_txt) = {
#embed "../Service/Notify/Templates/notification.en.txt.mustache"
    , 0};
TEMPLATE(notification_en_html) = {
#embed "../Service/Notify/Templates/notification.en.html.mustache"
    , 0};
TEMPLATE(notification_ru_txt) = {
#embed "../Service/Notify/Templates/notification.ru.txt.mustache"
    , 0};
TEMPLATE(notification_ru_html) = {
#embed "../Service/Notify/Templates/notification.ru.html.mustache"
    , 0};
TEMPLATE(notification_uk_txt) = {
#embed "../Service/Notify/Templates/notification.uk.txt.mustache"
    , 0};
TEMPLATE(notification_uk_html) = {
#embed "../Service/Notify/Templates/notification.uk.html.mustache"
    , 0};
TEMPLATE(digest_en_txt) = {
#embed "../Service/Notify/Templates/digest.en.txt.mustache"
    , 0};
TEMPLATE(digest_en_html) = {
#embed "../Service/Notify/Templates/digest.en.html.mustache"
    , 0};
TEMPLATE(digest_ru_txt) = {
#embed "../Service/Notify/Templates/digest.ru.txt.mustache"
    , 0};
TEMPLATE(digest_ru_html) = {
#embed "../Service/Notify/Templates/digest.ru.html.mustache"
    , 0};
TEMPLATE(digest_uk_txt) = {
#embed "../Service/Notify/Templates/digest.uk.txt.mustache"
    , 0};
TEMPLATE(digest_uk_html) = {
#embed "../Service/Notify/Templates/digest.uk.html.mustache"
    , 0};

static const struct perezvon_asset templates[] = {
    ENTRY("notification.en.txt", notification_en_txt),
    ENTRY("notification.en.html", notification_en_html),
    ENTRY("notification.ru.txt", notification_ru_txt),
    ENTRY("notification.ru.html", notification_ru_html),
    ENTRY("notification.uk.txt", notification_uk_txt),
    ENTRY("notification.uk.html", notification_uk_html),
    ENTRY("digest.en.txt", digest_en_txt),
    ENTRY("digest.en.html", digest_en_html),
    ENTRY("digest.ru.txt", digest_ru_txt),
    ENTRY("digest.ru.html", digest_ru_html),
    ENTRY("digest.uk.txt", digest_uk_txt),
    ENTRY("digest.uk.html", digest_uk_html),
};

const struct perezvon_asset *perezvon_templates(size_t *count) {
  *count = sizeof templates / sizeof *templates;
  return templates;
}
