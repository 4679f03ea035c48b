-- Stands before every script. KEYS[1] is the store's prefix with its hash tag; redis.h tells the
-- keys and the layout of an item's record. Strings are bytes: Lua's numbers are exact to 2^53 only,
-- so hashes, times and concern numbers are never unpacked, and ordered sets are ordered by members
-- alone (all scores are 0), but for the schedule (due.lua).
local base, call = KEYS[1], redis.call
local sub, byte, pack, unpack_bytes = string.sub, string.byte, struct.pack, struct.unpack
local HEAD = 62
local NONE = string.rep('\0', 8)

local function number_of(rec) return sub(rec, 1, 8) end
local function concern_of(rec) return sub(rec, 9, 16) end
local function found_of(rec) return sub(rec, 17, 24) end
local function expires_of(rec) return sub(rec, 25, 32) end
local function doubt_of(rec) return sub(rec, 33, 34) end
local function marked_of(rec) return byte(rec, 37) end
local function has_words(rec) return sub(rec, 55, 62) ~= NONE end

local function item_key(ident) return base .. 'i:' .. ident end

-- Bytes of a record up to its words.
local function words_at(rec)
    local tail, link = unpack_bytes('<I4I4', rec, 47)
    return HEAD + tail + link
end
