"""Texts and pages for the scenarios: concerns that people raise, notices that merely report, and
feeds of every format around them.
"""
import datetime
import html
import json

WAGES = ("河西工地拖欠工资半年不发", "我们二十个农民工在河西工地干活，老板拖欠工资已经半年，找了三次都说没有钱。请有关部门帮我们讨薪。")
FLU = ("小学好多孩子发烧是不是有疫情", "这几天学校里很多孩子发热呕吐，家长都担心是流感疫情，请问卫生部门能不能来查一查，我们很担心。")
FOOD = ("超市卖过期食品，吃了食物中毒", "我昨天在超市买了过期食品，孩子吃了食物中毒，上吐下泻。希望市场监管部门查处，给我们一个答复。")
NOTICE = ("我镇开展根治拖欠农民工工资专项行动", "近日，镇政府召开会议，部署开展根治拖欠农民工工资冬季专项行动，通报工作进展，要求各单位落实责任。")
# WAGES raised again in other words, after an answer.
AGAIN = [("河西工地还是不发工资", "答复说河西工地拖欠的工资已经付清，可我们农民工一分钱也没拿到，老板又拖了半个月，请再查一查。"),
         ("河西工地老板继续拖欠农民工工资", "在河西工地干活的农民工到现在没有领到工资，讨薪讨了半年，请有关部门管一管拖欠的事。"),
         ("农民工讨薪：河西工地工资仍未支付", "河西工地欠薪的事说是解决了，其实工资仍未支付，农民工还在讨薪，希望部门再来核实。")]
OTHER = ("图书馆延长开放时间", "即日起镇图书馆每晚开放至九点。")

RAISED = {"wage-arrears": WAGES, "epidemic": FLU, "food-drug-safety": FOOD}

BOARD = {"item": "li.message", "title": "a.title", "link": "a.title@href", "text": "div.content",
         "time": "span.time", "reply": "div.reply div.text", "reply_unit": "div.reply span.unit"}


def now_text():
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")


def now_mail():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%a, %d %b %Y %H:%M:%S +0000")


# A hundred characters, of which any two make the name of a village.
VILLAGE = ("玄黄宇宙洪荒盈昃辰宿列寒暑秋冬藏闰余律吕调阳云腾致露结霜金丽玉昆冈剑巨阙珠夜光果珍李柰菜芥姜海咸河淡"
           "鳞潜羽翔龙师火帝鸟皇始制字乃服衣裳位国虞陶唐吊伐周商汤朝垂拱章爱育黎首臣伏戎羌遐迩壹体率宾归王鸣凤竹")


def numbered(pair, number):
    """The same matter in a village of its own, in words of its own, so that it is a concern of its
    own."""
    village = VILLAGE[number // 100 % 100] + VILLAGE[number % 100] + "村"
    pair = [text.replace("河西工地", "工地") for text in pair]
    places = "东街西巷南坪北岭柳湾石桥河口桥头山前水岸竹林梅园松坡枫树荷塘杏村桃源棠下榕城槐安"
    place = "".join(places[(number // 8 ** i * 2 + i * 6) % 40:][:2] for i in range(3)) + f"{number}号"
    spelled = "".join("甲乙丙丁戊己庚辛壬癸"[int(d)] for d in str(number))
    return (f"{village}{place}{pair[0]}", f"{village}{place}第{spelled}期{spelled}户。{pair[1]}"
            + "".join(f"{place[i % len(place)]}{spelled}{c}" for i, c in enumerate(place * 3)))


def rss(items, extra=""):
    """items: (id, title, text[, more XML])."""
    body = "".join(
        f"<item><title>{html.escape(i[1])}</title><link>http://site.example/{i[0]}</link>"
        f"<guid isPermaLink=\"false\">{i[0]}</guid><pubDate>{now_mail()}</pubDate>"
        f"<description>{html.escape(i[2])}</description>{i[3] if len(i) > 3 else ''}</item>\n"
        for i in items)
    return ('<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/" '
            'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
            'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
            f"<title>新闻</title><link>http://site.example/</link>{extra}{body}</channel></rss>\n")


def rdf(items):
    body = "".join(
        f'<item rdf:about="http://site.example/{i[0]}"><title>{html.escape(i[1])}</title>'
        f"<link>http://site.example/{i[0]}</link><dc:date>{now_text()}</dc:date>"
        f"<description>{html.escape(i[2])}</description>{i[3] if len(i) > 3 else ''}</item>\n"
        for i in items)
    return ('<?xml version="1.0" encoding="UTF-8"?>\n'
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
            'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
            '<channel rdf:about="http://site.example/"><title>新闻</title>'
            f"<link>http://site.example/</link></channel>{body}</rdf:RDF>\n")


def atom(items):
    body = "".join(
        f"<entry><id>tag:site.example,2026:{i[0]}</id><title>{html.escape(i[1])}</title>"
        f'<link href="http://site.example/{i[0]}"/><updated>{now_text()}</updated>'
        f"<published>{now_text()}</published>"
        f'<content type="text">{html.escape(i[2])}</content>{i[3] if len(i) > 3 else ""}</entry>\n'
        for i in items)
    return ('<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
            "<id>tag:site.example,2026:feed</id><title>新闻</title>"
            f"<updated>{now_text()}</updated>{body}</feed>\n")


def json_feed(items):
    """items: (id, title, text[, dict of more members])."""
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "新闻", "items": [
        {"id": i[0], "title": i[1], "content_text": i[2], "url": f"http://site.example/{i[0]}",
         "date_published": now_text(), **(i[3] if len(i) > 3 else {})} for i in items]},
        ensure_ascii=False)


def board(items):
    """items: (id, title, text[, more HTML before the text[, more after it]])."""
    body = "".join(
        f'<li class="message"><a class="title" href="/show-{i[0]}.html">{html.escape(i[1])}</a>'
        f'<span class="time">{now_text()}</span>'
        f'{i[3] if len(i) > 3 else ""}<div class="content">{html.escape(i[2])}</div>'
        f'{i[4] if len(i) > 4 else ""}</li>\n' for i in items)
    return ('<!DOCTYPE html><html><head><meta charset="utf-8"><title>留言板</title></head><body>'
            f"<ul>{body}</ul></body></html>")
