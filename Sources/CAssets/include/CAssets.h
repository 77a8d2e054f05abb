#pragma once
#include <stddef.h>

// A file carried inside the binary. `bytes` ends with a NUL that `length` does not count.
struct perezvon_asset {
  const char *_Nonnull name;
  const unsigned char *_Nonnull bytes;
  size_t length;
};

// Sources/Store/Migrations/*.sql, in the order in which they are applied.
const struct perezvon_asset *_Nonnull perezvon_migrations(size_t *_Nonnull count);

// Sources/Store/Views/*.sql, in the order in which they are created.
const struct perezvon_asset *_Nonnull perezvon_views(size_t *_Nonnull count);

// Sources/Service/Notify/Templates/*.mustache, each under its name without the ending.
const struct perezvon_asset *_Nonnull perezvon_templates(size_t *_Nonnull count);
