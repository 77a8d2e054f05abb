#include "CAssets.h"

// #embed is C23; clang 21 has it in every mode and warns outside of C23.
#pragma clang diagnostic ignored "-Wc23-extensions"

#define PAGE(identifier) static const unsigned char identifier[]
#define ENTRY(name, identifier) {name, identifier, sizeof identifier - 1}

PAGE(page_html) = {
#embed "../WebAPI/Pages/page.html"
    , 0};
PAGE(perezvon_css) = {
#embed "../WebAPI/Pages/perezvon.css"
    , 0};
PAGE(icon_svg) = {
#embed "../WebAPI/Pages/icon.svg"
    , 0};
PAGE(words_js) = {
#embed "../WebAPI/Pages/words.js"
    , 0};
PAGE(page_js) = {
#embed "../WebAPI/Pages/page.js"
    , 0};
PAGE(chart_js) = {
#embed "../WebAPI/Pages/chart.js"
    , 0};
PAGE(board_js) = {
#embed "../WebAPI/Pages/board.js"
    , 0};
PAGE(owed_js) = {
#embed "../WebAPI/Pages/owed.js"
    , 0};
PAGE(owncall_js) = {
#embed "../WebAPI/Pages/owncall.js"
    , 0};
PAGE(agent_js) = {
#embed "../WebAPI/Pages/agent.js"
    , 0};
PAGE(reports_js) = {
#embed "../WebAPI/Pages/reports.js"
    , 0};
PAGE(number_js) = {
#embed "../WebAPI/Pages/number.js"
    , 0};

static const struct perezvon_asset pages[] = {
    ENTRY("page.html", page_html),
    ENTRY("perezvon.css", perezvon_css), ENTRY("icon.svg", icon_svg),
    ENTRY("words.js", words_js),       ENTRY("page.js", page_js),
    ENTRY("chart.js", chart_js),       ENTRY("board.js", board_js),
    ENTRY("owed.js", owed_js),         ENTRY("owncall.js", owncall_js),
    ENTRY("agent.js", agent_js),       ENTRY("reports.js", reports_js),
    ENTRY("number.js", number_js),
};

const struct perezvon_asset *perezvon_pages(size_t *count) {
  *count = sizeof pages / sizeof *pages;
  return pages;
}
