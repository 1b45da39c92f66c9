"""What the demo municipality's own words are in the other languages of its pages."""

from collections.abc import Mapping
from types import MappingProxyType

_CODES = ("ja-x-easy", "en", "zh-hans", "zh-hant", "ko", "pt", "vi")
_ROWS = (
    (
        *("平日 8時30分から17時まで", "月曜日{げつようび}から金曜日{きんようび}　8時{じ}30分{ぷん}から17時{じ}まで"),
        *("Weekdays 8:30 to 17:00", "工作日 8:30至17:00", "平日 8:30至17:00", "평일 8시 30분부터 17시까지"),
        *("Dias úteis, das 8h30 às 17h", "Ngày thường, 8:30 đến 17:00"),
    ),
    ("藤沢市", "藤沢市{ふじさわし}", "Fujisawa City", "藤泽市", "藤澤市", "후지사와시", "Cidade de Fujisawa", "Thành phố Fujisawa"),
    (
        *("市民窓口センター", "市民窓口{しみんまどぐち}センター", "Citizen Service Center", "市民窗口中心", "市民窗口中心"),
        *("시민창구센터", "Centro de Atendimento ao Cidadão", "Trung tâm Dịch vụ Công dân"),
    ),
    (
        *("湘南台市民センター", "湘南台{しょうなんだい}市民{しみん}センター", "Shonandai Civic Center", "湘南台市民中心", "湘南台市民中心"),
        *("쇼난다이 시민센터", "Centro Cívico Shonandai", "Trung tâm Công dân Shonandai"),
    ),
    (
        *("辻堂市民センター", "辻堂{つじどう}市民{しみん}センター", "Tsujido Civic Center", "辻堂市民中心", "辻堂市民中心"),
        *("쓰지도 시민센터", "Centro Cívico Tsujido", "Trung tâm Công dân Tsujido"),
    ),
    (
        *(
            "藤沢駅北口から歩いて5分",
            "藤沢駅{ふじさわえき}の北口{きたぐち}から歩{ある}いて5分{ふん}",
            "5 minutes on foot from Fujisawa Station, North Exit",
        ),
        *("从藤泽站北口步行5分钟", "從藤澤站北口步行5分鐘", "후지사와역 북쪽 출구에서 걸어서 5분"),
        *("5 minutos a pé da saída norte da estação Fujisawa", "Đi bộ 5 phút từ cửa Bắc ga Fujisawa"),
    ),
    (
        *(
            "湘南台駅西口から歩いて3分",
            "湘南台駅{しょうなんだいえき}の西口{にしぐち}から歩{ある}いて3分{ぷん}",
            "3 minutes on foot from Shonandai Station, West Exit",
        ),
        *("从湘南台站西口步行3分钟", "從湘南台站西口步行3分鐘", "쇼난다이역 서쪽 출구에서 걸어서 3분"),
        *("3 minutos a pé da saída oeste da estação Shonandai", "Đi bộ 3 phút từ cửa Tây ga Shonandai"),
    ),
    (
        *(
            "辻堂駅南口からバスで5分",
            "辻堂駅{つじどうえき}の南口{みなみぐち}からバスで5分{ふん}",
            "5 minutes by bus from Tsujido Station, South Exit",
        ),
        *("从辻堂站南口乘公交车5分钟", "從辻堂站南口搭公車5分鐘", "쓰지도역 남쪽 출구에서 버스로 5분"),
        *("5 minutos de ônibus da saída sul da estação Tsujido", "Đi xe buýt 5 phút từ cửa Nam ga Tsujido"),
    ),
)
# By the Japanese text, the words by language.
WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType({row[0]: dict(zip(_CODES, row[1:], strict=True)) for row in _ROWS})
