"""A paper, and what a good model writes about it in several languages."""

from bot.enrich.check_field import Draft, Field
from bot.enrich.check_languages import language
from storage.models import Paper

PAPER = Paper(
    "2401.00001",
    1,
    "Sparse Lanterns: Fast Retrieval with a Few Bits",
    "Retrieval over large collections is slow. We propose sparse lanterns, an index that keeps "
    "$k = 12$ bits for each of 1.46 million documents. On five benchmarks it answers three times "
    "as fast as the best known index, with 23.6\\% less memory, and it needs $O(n \\log n)$ steps. "
    "Our code is at https://github.com/lanterns/sparse.",
)

GOOD = {
    "zh": {
        Field.TITLE: "稀疏灯笼：用少量比特实现快速检索",
        Field.TLDR: (
            "提出稀疏灯笼索引，为146万篇文档各保留少量比特，检索速度提高三倍，内存减少23.6%。"
        ),
        Field.ABSTRACT: (
            "在大型集合上进行检索很慢。我们提出稀疏灯笼，这是一种为146万篇文档中的"
            "每一篇保留 $k = 12$ 个比特的索引。在五个基准上，它的回答速度是已知最佳"
            "索引的三倍，内存减少23.6%，并且需要 $O(n \\log n)$ 步。我们的代码见 "
            "https://github.com/lanterns/sparse 。"
        ),
    },
    "ja": {
        Field.TITLE: "スパースランタン：わずかなビットによる高速検索",
        Field.TLDR: (
            "146万件の文書に少数のビットを保持する索引を提案し、検索を3倍高速化し、"
            "メモリを23.6%削減した。"
        ),
    },
    "ko": {
        Field.TITLE: "희소 랜턴: 적은 비트로 하는 빠른 검색",
        Field.TLDR: (
            "146만 개의 문서마다 적은 비트를 보관하는 색인을 제안하여 검색을 세 배 "
            "빠르게 하고 메모리를 23.6% 줄였다."
        ),
    },
    "de": {
        Field.TITLE: "Sparse Lanterns: Schnelle Suche mit wenigen Bits",
        Field.TLDR: (
            "Ein Index, der für 1,46 Millionen Dokumente je wenige Bits speichert, "
            "sucht dreimal so schnell und mit 23,6 % weniger Speicher."
        ),
    },
    "fr": {
        Field.TITLE: "Lanternes creuses : une recherche rapide avec quelques bits",
        Field.TLDR: (
            "Un index qui garde quelques bits pour 1,46 million de documents "
            "répond trois fois plus vite, avec 23,6 % de mémoire en moins."
        ),
    },
    "es": {
        Field.TITLE: "Linternas dispersas: recuperación rápida con pocos bits",
        Field.TLDR: (
            "Un índice que guarda pocos bits para 1,46 millones de documentos "
            "responde tres veces más rápido y con un 23,6 % menos de memoria."
        ),
    },
    "ru": {
        Field.TITLE: "Разреженные фонари: быстрый поиск с несколькими битами",
        Field.TLDR: (
            "Предложен индекс, который хранит несколько бит для 1,46 миллиона "
            "документов, ищет втрое быстрее и требует на 23,6 % меньше памяти."
        ),
    },
    "ar": {
        Field.TITLE: "فوانيس متفرقة: استرجاع سريع ببضعة بتات",
        Field.TLDR: (
            "فهرس يحتفظ ببضعة بتات لكل من 1.46 مليون وثيقة، ويجيب أسرع بثلاث مرات "
            "مع ذاكرة أقل بنسبة 23.6%."
        ),
    },
    "hi": {
        Field.TITLE: "विरल लालटेन: कुछ बिट के साथ तेज़ खोज",
        Field.TLDR: (
            "यह सूचकांक 14.6 लाख दस्तावेज़ों के लिए कुछ बिट रखता है और 23.6% कम मेमोरी में तीन गुना तेज़ है।"
        ),
    },
    "th": {
        Field.TITLE: "โคมไฟแบบเบาบาง: การค้นคืนที่รวดเร็วด้วยบิตไม่กี่บิต",
        Field.TLDR: (
            "ดัชนีที่เก็บบิตไม่กี่บิตสำหรับเอกสาร 1.46 ล้านฉบับ ค้นคืนได้เร็วขึ้นสามเท่าและใช้หน่วยความจำลดลง 23.6%"
        ),
    },
    "sw": {
        Field.TITLE: "Taa chache: utafutaji wa haraka kwa biti chache",
        Field.TLDR: (
            "Faharasa inayoweka biti chache kwa kila moja ya hati milioni 1.46 "
            "hujibu mara tatu haraka zaidi kwa kumbukumbu pungufu kwa 23.6%."
        ),
    },
}
"""Swahili stands for the languages that the checks know nothing about."""

ENGLISH_TLDR = (
    "Sparse lanterns, an index that keeps a few bits per document, answers three times as fast "
    "with 23.6% less memory."
)
CHINESE_TLDR = GOOD["zh"][Field.TLDR]


def draft(
    text: str, field: Field = Field.TLDR, code: str = "zh", paper: Paper = PAPER, terms: str = ""
) -> Draft:
    known = language("en" if field is Field.ENGLISH_TLDR else code)
    return Draft(field, text, paper, known, frozenset(terms.split()))
