-- Shared by the scripts that drop words.
local function member_of(rec, ident) return found_of(rec) .. number_of(rec) .. ident end
local function text_place(rec, ident) return expires_of(rec) .. number_of(rec) .. ident end
local function doubt_place(rec, ident) return doubt_of(rec) .. number_of(rec) .. ident end

-- The tail ends with its sketch, behind 17 bytes and four texts with their lengths (codec.c).
local function sketch_at(rec)
    local at = HEAD + 18
    for _ = 1, 4 do
        at = at + 4 + unpack_bytes('<I4', rec, at)
    end
    return at
end

-- The sketch tells the copies of a concern: an item of none has no use for it without its words, and
-- there are many of those, for ever.
local function without_words(rec)
    if concern_of(rec) ~= NONE then
        return sub(rec, 1, 54) .. NONE .. sub(rec, HEAD + 1, words_at(rec))
    end
    local at, tail = sketch_at(rec), unpack_bytes('<I4', rec, 47)
    return sub(rec, 1, 46) .. pack('<I4', at - HEAD) .. sub(rec, 51, 54) .. NONE ..
        sub(rec, HEAD + 1, at - 1) .. '\0' .. sub(rec, HEAD + tail + 1, words_at(rec))
end

-- Out of what lists items that have words.
local function forget_words(rec, ident)
    call('ZREM', base .. 'texts', text_place(rec, ident))
    if doubt_of(rec) ~= '\0\0' then
        call('ZREM', base .. 'doubt', doubt_place(rec, ident))
    end
end
