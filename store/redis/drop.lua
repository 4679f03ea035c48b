-- Shared by the scripts that drop words.
local function member_of(rec, ident) return found_of(rec) .. number_of(rec) .. ident end
local function text_place(rec, ident) return expires_of(rec) .. number_of(rec) .. ident end
local function doubt_place(rec, ident) return doubt_of(rec) .. number_of(rec) .. ident end

local function without_words(rec)
    return sub(rec, 1, 54) .. NONE .. sub(rec, HEAD + 1, words_at(rec))
end

-- Out of what lists items that have words.
local function forget_words(rec, ident)
    call('ZREM', base .. 'texts', text_place(rec, ident))
    if doubt_of(rec) ~= '\0\0' then
        call('ZREM', base .. 'doubt', doubt_place(rec, ident))
    end
end
