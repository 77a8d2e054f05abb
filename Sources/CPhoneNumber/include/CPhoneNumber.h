// What Perezvon needs of libphonenumber (Debian: libphonenumber-dev 8.12), as plain C.
// Every function is safe to call from any thread; none throws, none keeps the pointers it is given.
#ifndef PEREZVON_CPHONENUMBER_H
#define PEREZVON_CPHONENUMBER_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// Kinds of lines, as libphonenumber's PhoneNumberType tells them.
enum {
  PZ_KIND_INVALID = 0,  // of a possible length, but not one of its country's plan
  PZ_KIND_FIXED = 1,
  PZ_KIND_MOBILE = 2,
  PZ_KIND_FIXED_OR_MOBILE = 3,
  PZ_KIND_TOLL_FREE = 4,
  PZ_KIND_PREMIUM = 5,
  PZ_KIND_SHARED_COST = 6,
  PZ_KIND_VOIP = 7,
  PZ_KIND_PERSONAL = 8,
  PZ_KIND_OTHER = 9
};

// Reads `length` bytes of `text` as a number of `region` (ISO 3166-1, "RU"). Writes E.164 with "+" and a
// closing NUL to `out_e164`, one of PZ_KIND_… to `kind`, and, where `out_home` is not null, the region it belongs
// to ("RU", "ZZ" where unknown). 1 = read, 0 = not a number of possible length.
int pz_number_read(const char *text, size_t length, const char *region, char out_e164[20], int *kind,
                   char *out_home);

// Writes the number as it is written within its own country, with separators ("8 (916) 123-45-67"), to
// `out_national`, and its region ("RU", "ZZ" where unknown) to `out_region`. 1 = done, 0 = not a number.
int pz_number_national(const char *e164, char out_national[40], char out_region[4]);

// The country calling code of a region, 0 where libphonenumber knows no such region.
int pz_region_calling_code(const char *region);

#ifdef __cplusplus
}
#endif

#endif
