-- One batch: ARGV is fence, batch id, head before it and the id of the batch before it, how many
-- items there are, how many new ones come, key and record of each, then operations, each its name
-- and its values. Who sends it has numbered the new ones: a string that is made here costs its
-- length again. Everything that can be refused is refused before the first write, or what was
-- written is taken back: a script is not rolled back.
local meta = call('HMGET', base .. 'meta', 'fence', 'batch', 'head', 'items', 'changes', 'concerns',
    'open', 'overdue')
if meta[1] ~= ARGV[1] then
    return redis.error_reply('FENCED another writer has the store')
end
local items, changes = tonumber(meta[4]), tonumber(meta[5])
local concerns, open, overdue = tonumber(meta[6]), tonumber(meta[7]), tonumber(meta[8])
if meta[2] == ARGV[2] then
    return {0, items} -- it was committed, and its answer was lost
end
if meta[3] .. ' ' .. meta[2] ~= ARGV[3] or meta[4] ~= ARGV[4] then
    return redis.error_reply('STALE the batch before it is another')
end
local dropped = false

-- What one call takes at a time, an even number: Lua's stack holds 8000 values.
local MANY = 4000

local first, last = 6, 5 + 2 * tonumber(ARGV[5])
for from = first, last, MANY do
    if call('MSETNX', unpack(ARGV, from, math.min(from + MANY - 1, last))) == 0 then
        for at = first, from - 1, 2 do
            call('DEL', ARGV[at])
            call('HSET', base .. 'meta', 'residue', '1') -- the file has their words yet
        end
        return redis.error_reply('EXISTS an item is stored already')
    end
end
items = items + tonumber(ARGV[5])

local function touch(number)
    changes = changes + 1
    call('XADD', base .. 'touched', string.format('%.0f-0', changes), 'n', number)
end

local function judged(ident)
    return #call('ZRANGEBYLEX', base .. 'marks', '[' .. ident .. '\0', '[' .. ident .. '\1',
        'LIMIT', 0, 1) > 0
end

local doubts = base .. 'doubt'
local function list_words(rec, ident)
    call('ZADD', base .. 'texts', 0, text_place(rec, ident))
    if doubt_of(rec) ~= '\0\0' and not judged(ident) then
        call('ZADD', doubts, 0, doubt_place(rec, ident))
    end
end

local function without_link(rec)
    local at = sketch_at(rec)
    return sub(rec, 1, 36) .. string.char(bit.bor(marked_of(rec), 4)) .. sub(rec, 38, 46) ..
        pack('<I4', at - HEAD) .. string.rep('\0', 12) .. sub(rec, HEAD + 1, at - 1) .. '\0'
end

-- One that was to be edited, and is not there: it is new, behind those that were new.
local function number_item(ident)
    call('APPEND', base .. 'numbers:' .. math.floor(items / 4096), ident)
    items = items + 1
    return pack('>I8', items)
end

-- The record behind its number, over an older one, which goes out of what lists it.
local function replace(ident, old, rest)
    local rec = number_of(old) .. rest
    if bit.band(marked_of(old), 4) ~= 0 then
        rec = without_link(rec)
    end
    if has_words(old) then
        forget_words(old, ident)
        dropped = true
    end
    if concern_of(old) ~= NONE then
        call('ZREM', base .. 'of:' .. concern_of(old), member_of(old, ident))
    end
    touch(number_of(old))
    return rec
end

local function move_item(ident, member, from, to)
    call('SETRANGE', item_key(ident), 8, to)
    call('ZREM', base .. 'of:' .. from, member)
    call('ZADD', base .. 'of:' .. to, 0, member)
end

local function drop_words(ident, redact)
    local rec = call('GET', item_key(ident))
    if not rec or not (redact or has_words(rec)) then
        return
    end
    if has_words(rec) then
        forget_words(rec, ident)
    end
    dropped = true
    call('SET', item_key(ident), redact and without_link(rec) or without_words(rec))
    touch(number_of(rec))
end

local function drop_page(ident)
    local old = call('HGET', base .. 'page', ident)
    if old then
        call('ZREM', base .. 'pages', sub(old, 1, 8) .. ident)
        call('HDEL', base .. 'page', ident)
    end
end

local function drop_reply(concern, raw)
    local key = base .. 'reply:' .. concern
    local old = call('HGET', key, sub(raw, 9))
    if old then
        call('ZREM', base .. 'replies', sub(old, 1, 8) .. raw)
        call('HDEL', key, sub(raw, 9))
    end
end

-- What an item is from now on by a mark of its request or kind, and whether somebody said so.
local corrects = {['\2'] = {at = 35, flag = 1}, ['\3'] = {at = 34, flag = 2}}
local function correct(ident, head, aspect, value, said)
    local of = corrects[aspect]
    if of and head ~= '' then
        local others = bit.band(marked_of(head), 255 - of.flag)
        call('SETRANGE', item_key(ident), of.at, value)
        call('SETRANGE', item_key(ident), 36, string.char(others + (said and of.flag or 0)))
    end
end

-- Each takes the place of its first value in ARGV and gives that past its last.
local ops = {
    -- command, key, how many values, those
    many = function(i)
        local last = i + 2 + tonumber(ARGV[i + 2])
        for from = i + 3, last, MANY do
            call(ARGV[i], base .. ARGV[i + 1], unpack(ARGV, from, math.min(from + MANY - 1, last)))
        end
        return last + 1
    end,
    -- ident, and where it stands among those in doubt, of a new item
    doubt = function(i)
        if not judged(ARGV[i]) then
            call('ZADD', doubts, 0, ARGV[i + 1])
        end
        return i + 2
    end,
    -- ident, the record behind its number, aliases, 8 bytes each
    edit = function(i)
        local ident, rest, aliases = ARGV[i], ARGV[i + 1], ARGV[i + 2]
        local old = call('GETRANGE', item_key(ident), 0, HEAD - 1)
        local rec = old == '' and number_item(ident) .. rest or replace(ident, old, rest)
        call('SET', item_key(ident), rec)
        if concern_of(rec) ~= NONE then
            call('ZADD', base .. 'of:' .. concern_of(rec), 0, member_of(rec, ident))
        end
        if has_words(rec) then
            list_words(rec, ident)
        end
        for at = 1, #aliases, 8 do
            call('HSET', base .. 'aliases', sub(aliases, at, at + 7), ident)
        end
        return i + 3
    end,
    move = function(i)
        local all, ident, from, to = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
        if from == to then
            return i + 4
        end
        if all == '1' then
            for _, member in ipairs(call('ZRANGE', base .. 'of:' .. from, 0, -1)) do
                move_item(sub(member, 17), member, from, to)
            end
        else
            local head = call('GETRANGE', item_key(ident), 0, HEAD - 1)
            if head ~= '' and concern_of(head) == from then
                move_item(ident, member_of(head, ident), from, to)
            end
        end
        return i + 4
    end,
    mark = function(i)
        local ident, aspect = ARGV[i], ARGV[i + 1]
        local head = call('GETRANGE', item_key(ident), 0, HEAD - 1)
        call('ZADD', base .. 'marks', 0, ident .. aspect)
        call('HSET', base .. 'mark', ident .. aspect, ARGV[i + 3])
        correct(ident, head, aspect, ARGV[i + 2], true)
        if not corrects[aspect] and head ~= '' then
            call('ZREM', doubts, doubt_place(head, ident))
        end
        return i + 4
    end,
    unmark = function(i)
        local ident, aspect = ARGV[i], ARGV[i + 1]
        local head = call('GETRANGE', item_key(ident), 0, HEAD - 1)
        if call('HDEL', base .. 'mark', ident .. aspect) == 1 then
            call('ZREM', base .. 'marks', ident .. aspect)
            correct(ident, head, aspect, ARGV[i + 2], false)
            if head ~= '' and has_words(head) and doubt_of(head) ~= '\0\0' and
                not judged(ident) then
                call('ZADD', doubts, 0, doubt_place(head, ident))
            end
        end
        return i + 3
    end,
    alias = function(i)
        if call('EXISTS', item_key(ARGV[i + 1])) == 1 then
            call('HSET', base .. 'aliases', ARGV[i], ARGV[i + 1])
        end
        return i + 2
    end,
    event = function(i)
        call('XADD', base .. 'events', ARGV[i] .. '-0', 'e', ARGV[i + 2])
        call('RPUSH', base .. 'concern:' .. ARGV[i + 1] .. ':events', ARGV[i])
        return i + 3
    end,
    outbox = function(i)
        call('XADD', base .. 'outbox:' .. ARGV[i], ARGV[i + 1] .. '-0', 's', ARGV[i + 2])
        call('HSET', base .. 'units', ARGV[i], ARGV[i + 1])
        return i + 3
    end,
    line = function(i)
        call('HSETNX', base .. 'units', ARGV[i], '0')
        call('HSET', base .. 'lines', ARGV[i], ARGV[i + 1])
        return i + 2
    end,
    note = function(i)
        call('HSET', base .. 'notes', ARGV[i], ARGV[i + 1])
        return i + 2
    end,
    correction = function(i)
        call('HSET', base .. 'correction', ARGV[i], ARGV[i + 1])
        call('ZADD', base .. 'corrections', 0, ARGV[i])
        return i + 2
    end,
    survey = function(i)
        call('HSET', base .. 'surveys', ARGV[i], ARGV[i + 1])
        return i + 2
    end,
    text_add = function(i)
        local key = base .. 'texts:' .. ARGV[i]
        call('HSET', key, ARGV[i + 1], ARGV[i + 2], ARGV[i + 1] .. ':t', ARGV[i + 3])
        return i + 4
    end,
    -- The bytes begin with the round (4): earlier editions of it lose their texts.
    text_publish = function(i)
        local key, round = base .. 'texts:' .. ARGV[i], sub(ARGV[i + 2], 1, 4)
        for _, field in ipairs(call('HKEYS', key)) do
            if sub(field, -2) == ':p' and sub(call('HGET', key, field), 1, 4) == round and
                call('HDEL', key, sub(field, 1, -3) .. ':t') == 1 then
                dropped = true
            end
        end
        call('HSET', key, ARGV[i + 1] .. ':p', ARGV[i + 2])
        return i + 3
    end,
    text_drop = function(i)
        local key = base .. 'texts:' .. ARGV[i]
        if call('HDEL', key, ARGV[i + 1] .. ':t') == 1 then
            dropped = true
        end
        if call('HEXISTS', key, ARGV[i + 1] .. ':p') == 0 then
            call('HDEL', key, ARGV[i + 1])
        end
        return i + 2
    end,
    text_blank = function(i)
        if call('HDEL', base .. 'texts:' .. ARGV[i], ARGV[i + 1] .. ':t') == 1 then
            dropped = true
        end
        return i + 2
    end,
    arrival = function(i)
        call('ZADD', base .. 'steps', 0, ARGV[i])
        call('HSET', base .. 'step:' .. ARGV[i], ARGV[i + 1], ARGV[i + 2])
        return i + 3
    end,
    arrivals_cut = function(i)
        for _, step in ipairs(call('ZRANGEBYLEX', base .. 'steps', '-', '(' .. ARGV[i])) do
            call('ZREM', base .. 'steps', step)
            call('DEL', base .. 'step:' .. step)
        end
        return i + 1
    end,
    -- id, state, overdue, topic, has an address, address, bytes, how many places, those: set, member
    concern = function(i)
        local key = base .. 'concern:' .. ARGV[i]
        local closed = ARGV[i + 1] == '2'
        local old = call('HMGET', key, 's', 'o', 'x')
        local places = {}
        for at = i + 8, i + 7 + 2 * tonumber(ARGV[i + 7]) do
            places[#places + 1] = ARGV[at]
        end
        local packed = cmsgpack.pack(places)
        if old[1] then
            open = open - (old[1] ~= '2' and 1 or 0)
            overdue = overdue - tonumber(old[2])
        else
            concerns = concerns + 1
        end
        open = open + (closed and 0 or 1)
        overdue = overdue + tonumber(ARGV[i + 2])
        if old[3] ~= packed then
            local was = old[3] and cmsgpack.unpack(old[3]) or {}
            for at = 1, #was, 2 do
                call('ZREM', base .. was[at], was[at + 1])
            end
            for at = 1, #places, 2 do
                call('ZADD', base .. places[at], 0, places[at + 1])
            end
        end
        call('HSET', key, 's', ARGV[i + 1], 'o', ARGV[i + 2], 't', ARGV[i + 3], 'b', ARGV[i + 6],
            'x', packed)
        if ARGV[i + 4] == '1' then
            call('HSET', key, 'u', ARGV[i + 5])
        elseif old[1] then
            call('HDEL', key, 'u')
        end
        return i + 8 + #places
    end,
    -- concern; the same and the address, 8 bytes each; is it read again; bytes, or none
    reply = function(i)
        local concern, raw, bytes = ARGV[i], ARGV[i + 1], ARGV[i + 3]
        drop_reply(concern, raw)
        if bytes ~= '' then
            call('HSET', base .. 'reply:' .. concern, sub(raw, 9), bytes)
            if ARGV[i + 2] == '1' then
                call('ZADD', base .. 'replies', 0, sub(bytes, 1, 8) .. raw)
            end
        end
        return i + 4
    end,
    page = function(i)
        local ident, bytes = ARGV[i], ARGV[i + 1]
        drop_page(ident)
        if bytes ~= '' then
            call('HSET', base .. 'page', ident, bytes)
            call('ZADD', base .. 'pages', 0, sub(bytes, 1, 8) .. ident)
        end
        return i + 2
    end,
    blank = function(i)
        drop_words(ARGV[i], false)
        return i + 1
    end,
    redact = function(i)
        drop_words(ARGV[i], true)
        drop_page(ARGV[i])
        return i + 1
    end,
    remove = function(i)
        call('DEL', base .. 'source:' .. ARGV[i])
        call('HDEL', base .. 'added', ARGV[i])
        call('ZREM', base .. 'sources', ARGV[i])
        call('ZREM', base .. 'additions', ARGV[i])
        return i + 1
    end,
    add = function(i)
        call('HSET', base .. 'added', ARGV[i], ARGV[i + 1])
        call('ZADD', base .. 'additions', 0, ARGV[i])
        return i + 2
    end,
    -- id, then what is known of it, of its last poll, of its move, when that was, and since when it
    -- is what it is; an empty one stays as it was
    source = function(i)
        local key = base .. 'source:' .. ARGV[i]
        for at, field in ipairs({'s', 'p', 'm', 'n', 't'}) do
            if ARGV[i + at] ~= '' then
                call('HSET', key, field, ARGV[i + at])
            end
        end
        call('ZADD', base .. 'sources', 0, ARGV[i])
        return i + 6
    end,
    -- name, disabled, bytes; a disabled one loses its tokens, whose bytes begin with its name
    account = function(i)
        local name = ARGV[i]
        call('HSET', base .. 'accounts', name, ARGV[i + 2])
        if ARGV[i + 1] == '1' then
            local tokens = call('HGETALL', base .. 'tokens')
            for at = 1, #tokens, 2 do
                if sub(tokens[at + 1], 1, #name + 1) == name .. '\0' then
                    call('HDEL', base .. 'tokens', tokens[at])
                end
            end
        end
        return i + 3
    end,
    token = function(i)
        if ARGV[i + 1] == '' then
            call('HDEL', base .. 'tokens', ARGV[i])
        else
            call('HSET', base .. 'tokens', ARGV[i], ARGV[i + 1])
        end
        return i + 2
    end,
    trail = function(i)
        call('RPUSH', base .. 'trail', ARGV[i])
        return i + 1
    end,
    chain = function(i)
        call('RPUSH', base .. 'chain', ARGV[i])
        return i + 1
    end,
    -- key, name, bytes; none: it goes
    share = function(i)
        if ARGV[i + 2] == '' then
            call('HDEL', base .. ARGV[i], ARGV[i + 1])
        else
            call('HSET', base .. ARGV[i], ARGV[i + 1], ARGV[i + 2])
        end
        return i + 3
    end,
    cursor = function(i)
        local old = call('HGET', base .. 'cursors', ARGV[i]) or '0'
        local new = ARGV[i + 1]
        if #new > #old or (#new == #old and new > old) then
            call('HSET', base .. 'cursors', ARGV[i], new)
        end
        return i + 2
    end,
    -- key, bytes, which begin with its time
    command = function(i)
        local old = call('HGET', base .. 'command', ARGV[i])
        if old then
            call('ZREM', base .. 'commands', sub(old, 1, 8) .. ARGV[i])
        end
        call('HSET', base .. 'command', ARGV[i], ARGV[i + 1])
        call('ZADD', base .. 'commands', 0, sub(ARGV[i + 1], 1, 8) .. ARGV[i])
        return i + 2
    end,
    meta = function(i)
        call('HSET', base .. 'meta', ARGV[i], ARGV[i + 1])
        return i + 2
    end,
    answers = function(i)
        call('HINCRBY', base .. 'meta', ARGV[i], ARGV[i + 1])
        return i + 2
    end,
}

local at = last + 1
while at <= #ARGV do
    at = ops[ARGV[at]](at + 1)
end
local text = function(n) return string.format('%.0f', n) end
call('HSET', base .. 'meta', 'batch', ARGV[2], 'items', text(items), 'changes', text(changes),
    'concerns', text(concerns), 'open', text(open), 'overdue', text(overdue))
if dropped then
    call('HSET', base .. 'meta', 'residue', '1')
end
return {dropped and 1 or 0, items}
