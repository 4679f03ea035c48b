/* classifiers/kind.h - how a text is built, beyond its words: evidence of how it speaks. */
#ifndef HUIYING_CLASSIFIERS_KIND_H
#define HUIYING_CLASSIFIERS_KIND_H

#include "classifiers/rules/rules_block.h"
#include "classifiers/text/fold.h"

struct kind_form {
    uint32_t count;      /* how often, up to the form's limit */
    uint32_t start, end; /* of the first: folded code points, half-open */
};

/* Find the forms in the title and the first KIND_READ code points. */
enum { KIND_READ = 2000 };
void kind_forms(const struct fold *f, struct kind_form forms[BLOCK_FORMS]);
/* The forms of kind_forms() that tell with which characters it is written, in hundredths of a unit
 * of evidence; of those of the requests at least one is 0. kind_forms() calls it. */
void kind_wording(const struct fold *f, struct kind_form forms[BLOCK_FORMS]);
/* What they are worth for a cue by the rules' weights. */
float kind_evidence(const struct rules *r, enum block_cue cue,
                    const struct kind_form forms[BLOCK_FORMS]);
const char *kind_form_name(enum block_form form); /* "first-person" …, as in cues.yaml */
const char *kind_form_zh(enum block_form form);

#endif
