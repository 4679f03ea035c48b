-- Items that are forgotten. ARGV: fence, `before` (ms), `older` (ms), how many numbers are looked at
-- at most, how many ms a round lasts at least, how many a date read once more may be later. Gives how
-- many numbers it got past.
if call('HGET', base .. 'meta', 'fence') ~= ARGV[1] then
    return redis.error_reply('FENCED another writer has the store')
end
local before, older = tonumber(ARGV[2]), tonumber(ARGV[3])
local most, round, slack = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local EACH, FEW = 4096, 512 -- idents of a chunk; so many of them are kept one by one
local GONE = string.rep('\0', 16)
local meta = call('HMGET', base .. 'meta', 'items', 'forget_at', 'forget_round', 'forgotten',
    'forgotten_before')
local items, at, began = tonumber(meta[1]), tonumber(meta[2] or 0), tonumber(meta[3] or 0)
local gone, horizon = tonumber(meta[4] or 0), tonumber(meta[5] or 0)
local text = function(n) return string.format('%.0f', n) end

-- The 70 bytes end with the time of publishing, ms from 1 to `older`: exact in a number of Lua.
local function may_go(ident, rec, published)
    return concern_of(rec) == NONE and not has_words(rec) and marked_of(rec) == 8 and
        published > 0 and published < older and
        call('HEXISTS', base .. 'page', ident) == 0 and
        #call('ZRANGEBYLEX', base .. 'marks', '[' .. ident, '(' .. ident .. '\255',
            'LIMIT', 0, 1) == 0
end

-- As a number: Lua's own order of strings is the locale's.
local function found_ms(rec)
    local high, low = unpack_bytes('>I4I4', found_of(rec))
    return (high - 2147483648) * 4294967296 + low
end

-- Is the number old? What may go of it goes; `drop` takes it out of what leads to it.
local function look(ident, drop)
    local rec = ident ~= GONE and call('GETRANGE', item_key(ident), 0, HEAD + 7) or ''
    if rec == '' then
        return true
    end
    if found_ms(rec) >= older then
        return false
    end
    local published = unpack_bytes('<i8', rec, HEAD + 1)
    if may_go(ident, rec, published) then
        call('DEL', item_key(ident))
        drop()
        gone = gone + 1
        horizon = math.max(horizon, published + slack + 1)
    end
    return true
end

-- Of one chunk, places [from, to): gives the one behind the last old one, or `from`.
local function walk_whole(key, from, to)
    local idents, past = call('GETRANGE', key, 16 * from, 16 * to - 1), from
    for place = from, to - 1 do
        local ident = sub(idents, 16 * (place - from) + 1, 16 * (place - from) + 16)
        if look(ident, function() call('SETRANGE', key, 16 * place, GONE) end) then
            past = place + 1
        end
    end
    return past
end

-- Of one of which few are left all may be looked at.
local function walk_few(key, to)
    local list = call('HGETALL', key)
    for i = 1, #list, 2 do
        look(list[i + 1], function() call('HDEL', key, list[i]) end)
    end
    return to
end

-- A full chunk that the walk has gone through keeps what is left of it only.
local function pack_chunk(number)
    local key, few, left = base .. 'numbers:' .. number, base .. 'few:' .. number, {}
    local idents = call('GET', key)
    for place = 0, idents and EACH - 1 or -1 do
        local ident = sub(idents, 16 * place + 1, 16 * place + 16)
        if ident ~= GONE then
            left[#left + 1] = place
            left[#left + 1] = ident
        end
    end
    if idents and #left <= 2 * FEW then
        call('DEL', key, few)
        if #left > 0 then
            call('HSET', few, unpack(left))
        end
    end
end

if at == 0 then
    began = before
end
local first, last = at, math.min(items, at + most)
while at < last do
    local chunk, from = math.floor(at / EACH), at % EACH
    local to = math.min(EACH, from + last - at)
    local key = base .. 'numbers:' .. chunk
    if call('EXISTS', key) == 0 then
        to = math.min(EACH, items - EACH * chunk)
        walk_few(base .. 'few:' .. chunk, to)
        at = EACH * chunk + to
    else
        local past = walk_whole(key, from, to)
        at = EACH * chunk + past
        if past == EACH then
            pack_chunk(chunk)
        elseif past < to then
            break
        end
    end
end
local passed = at - first
if passed == 0 and before - began >= round then
    at = 0
end
if passed ~= 0 or at ~= first then
    call('HSET', base .. 'meta', 'forget_at', text(at), 'forget_round', text(began),
        'forgotten', text(gone), 'forgotten_before', text(horizon))
end
return passed
