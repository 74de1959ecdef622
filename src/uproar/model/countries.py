"""The countries of ISO 3166-1, one a line: code, continent, population, time zones, short name.

Codes are the 249 officially assigned alpha-2 elements; names are short English ones in common use,
not a statement on status. Populations are millions of people around 2023, rounded public knowledge
(two digits are meant to be right): good for weighing places against each other, for nothing finer.
One IANA time zone stands for a country; seven countries that span several list them with rounded
shares of their population, which sum to one. `uproar.model.place` reads this table.
"""

from __future__ import annotations

COUNTRIES = """
AD EU 0.08 Europe/Andorra Andorra
AE AS 9.5 Asia/Dubai United Arab Emirates
AF AS 41 Asia/Kabul Afghanistan
AG NA 0.09 America/Puerto_Rico Antigua and Barbuda
AI NA 0.016 America/Puerto_Rico Anguilla
AL EU 2.8 Europe/Tirane Albania
AM AS 2.8 Asia/Yerevan Armenia
AO AF 36 Africa/Luanda Angola
AQ AN 0.001 Antarctica/McMurdo Antarctica
AR SA 46 America/Argentina/Buenos_Aires Argentina
AS OC 0.044 Pacific/Pago_Pago American Samoa
AT EU 9.1 Europe/Vienna Austria
AU OC 26 Australia/Sydney=0.335,Australia/Melbourne=0.26,Australia/Brisbane=0.2,Australia/Perth=0.108,Australia/Adelaide=0.069,Australia/Hobart=0.02,Australia/Darwin=0.008 Australia
AW NA 0.11 America/Puerto_Rico Aruba
AX EU 0.03 Europe/Helsinki Åland Islands
AZ AS 10 Asia/Baku Azerbaijan
BA EU 3.2 Europe/Sarajevo Bosnia and Herzegovina
BB NA 0.28 America/Barbados Barbados
BD AS 172 Asia/Dhaka Bangladesh
BE EU 12 Europe/Brussels Belgium
BF AF 23 Africa/Ouagadougou Burkina Faso
BG EU 6.5 Europe/Sofia Bulgaria
BH AS 1.5 Asia/Bahrain Bahrain
BI AF 13 Africa/Bujumbura Burundi
BJ AF 14 Africa/Porto-Novo Benin
BL NA 0.011 America/Puerto_Rico Saint Barthélemy
BM NA 0.064 Atlantic/Bermuda Bermuda
BN AS 0.45 Asia/Brunei Brunei
BO SA 12 America/La_Paz Bolivia
BQ NA 0.027 America/Puerto_Rico Caribbean Netherlands
BR SA 212 America/Sao_Paulo=0.934,America/Manaus=0.062,America/Rio_Branco=0.004 Brazil
BS NA 0.41 America/Nassau Bahamas
BT AS 0.78 Asia/Thimphu Bhutan
BV AN 0 Europe/Oslo Bouvet Island
BW AF 2.6 Africa/Gaborone Botswana
BY EU 9.2 Europe/Minsk Belarus
BZ NA 0.41 America/Belize Belize
CA NA 40 America/Toronto=0.61,America/Vancouver=0.137,America/Edmonton=0.12,America/Halifax=0.052,America/Winnipeg=0.037,America/Regina=0.03,America/St_Johns=0.014 Canada
CC AS 0.001 Indian/Cocos Cocos Islands
CD AF 103 Africa/Kinshasa DR Congo
CF AF 5.6 Africa/Bangui Central African Republic
CG AF 6 Africa/Brazzaville Congo
CH EU 8.9 Europe/Zurich Switzerland
CI AF 29 Africa/Abidjan Côte d'Ivoire
CK OC 0.015 Pacific/Rarotonga Cook Islands
CL SA 20 America/Santiago Chile
CM AF 28 Africa/Douala Cameroon
CN AS 1411 Asia/Shanghai China
CO SA 52 America/Bogota Colombia
CR NA 5.2 America/Costa_Rica Costa Rica
CU NA 11 America/Havana Cuba
CV AF 0.6 Atlantic/Cape_Verde Cabo Verde
CW NA 0.15 America/Puerto_Rico Curaçao
CX AS 0.002 Indian/Christmas Christmas Island
CY AS 1.3 Asia/Nicosia Cyprus
CZ EU 11 Europe/Prague Czechia
DE EU 84 Europe/Berlin Germany
DJ AF 1.1 Africa/Djibouti Djibouti
DK EU 5.9 Europe/Copenhagen Denmark
DM NA 0.073 America/Puerto_Rico Dominica
DO NA 11 America/Santo_Domingo Dominican Republic
DZ AF 46 Africa/Algiers Algeria
EC SA 18 America/Guayaquil Ecuador
EE EU 1.4 Europe/Tallinn Estonia
EG AF 113 Africa/Cairo Egypt
EH AF 0.59 Africa/El_Aaiun Western Sahara
ER AF 3.5 Africa/Asmara Eritrea
ES EU 48 Europe/Madrid Spain
ET AF 127 Africa/Addis_Ababa Ethiopia
FI EU 5.6 Europe/Helsinki Finland
FJ OC 0.92 Pacific/Fiji Fiji
FK SA 0.004 Atlantic/Stanley Falkland Islands
FM OC 0.11 Pacific/Pohnpei Micronesia
FO EU 0.054 Atlantic/Faroe Faroe Islands
FR EU 66 Europe/Paris France
GA AF 2.4 Africa/Libreville Gabon
GB EU 68 Europe/London United Kingdom
GD NA 0.12 America/Puerto_Rico Grenada
GE AS 3.7 Asia/Tbilisi Georgia
GF SA 0.3 America/Cayenne French Guiana
GG EU 0.064 Europe/London Guernsey
GH AF 34 Africa/Accra Ghana
GI EU 0.033 Europe/Gibraltar Gibraltar
GL NA 0.056 America/Nuuk Greenland
GM AF 2.7 Africa/Banjul Gambia
GN AF 14 Africa/Conakry Guinea
GP NA 0.38 America/Puerto_Rico Guadeloupe
GQ AF 1.7 Africa/Malabo Equatorial Guinea
GR EU 10 Europe/Athens Greece
GS AN 0 Atlantic/South_Georgia South Georgia
GT NA 18 America/Guatemala Guatemala
GU OC 0.17 Pacific/Guam Guam
GW AF 2.1 Africa/Bissau Guinea-Bissau
GY SA 0.81 America/Guyana Guyana
HK AS 7.5 Asia/Hong_Kong Hong Kong
HM AN 0 Indian/Kerguelen Heard and McDonald Islands
HN NA 11 America/Tegucigalpa Honduras
HR EU 3.9 Europe/Zagreb Croatia
HT NA 12 America/Port-au-Prince Haiti
HU EU 9.6 Europe/Budapest Hungary
ID AS 278 Asia/Jakarta=0.8,Asia/Makassar=0.165,Asia/Jayapura=0.035 Indonesia
IE EU 5.2 Europe/Dublin Ireland
IL AS 9.8 Asia/Jerusalem Israel
IM EU 0.084 Europe/London Isle of Man
IN AS 1430 Asia/Kolkata India
IO AF 0.003 Indian/Chagos British Indian Ocean Territory
IQ AS 45 Asia/Baghdad Iraq
IR AS 89 Asia/Tehran Iran
IS EU 0.39 Atlantic/Reykjavik Iceland
IT EU 59 Europe/Rome Italy
JE EU 0.1 Europe/London Jersey
JM NA 2.8 America/Jamaica Jamaica
JO AS 11 Asia/Amman Jordan
JP AS 124 Asia/Tokyo Japan
KE AF 55 Africa/Nairobi Kenya
KG AS 7 Asia/Bishkek Kyrgyzstan
KH AS 17 Asia/Phnom_Penh Cambodia
KI OC 0.13 Pacific/Tarawa Kiribati
KM AF 0.85 Indian/Comoro Comoros
KN NA 0.047 America/Puerto_Rico Saint Kitts and Nevis
KP AS 26 Asia/Pyongyang North Korea
KR AS 52 Asia/Seoul South Korea
KW AS 4.8 Asia/Kuwait Kuwait
KY NA 0.07 America/Cayman Cayman Islands
KZ AS 20 Asia/Almaty Kazakhstan
LA AS 7.6 Asia/Vientiane Laos
LB AS 5.4 Asia/Beirut Lebanon
LC NA 0.18 America/Puerto_Rico Saint Lucia
LI EU 0.039 Europe/Vaduz Liechtenstein
LK AS 22 Asia/Colombo Sri Lanka
LR AF 5.4 Africa/Monrovia Liberia
LS AF 2.3 Africa/Maseru Lesotho
LT EU 2.9 Europe/Vilnius Lithuania
LU EU 0.66 Europe/Luxembourg Luxembourg
LV EU 1.9 Europe/Riga Latvia
LY AF 7.3 Africa/Tripoli Libya
MA AF 38 Africa/Casablanca Morocco
MC EU 0.039 Europe/Monaco Monaco
MD EU 2.5 Europe/Chisinau Moldova
ME EU 0.62 Europe/Podgorica Montenegro
MF NA 0.032 America/Puerto_Rico Saint Martin
MG AF 30 Indian/Antananarivo Madagascar
MH OC 0.042 Pacific/Majuro Marshall Islands
MK EU 1.8 Europe/Skopje North Macedonia
ML AF 23 Africa/Bamako Mali
MM AS 54 Asia/Yangon Myanmar
MN AS 3.5 Asia/Ulaanbaatar Mongolia
MO AS 0.68 Asia/Macau Macao
MP OC 0.047 Pacific/Guam Northern Mariana Islands
MQ NA 0.36 America/Martinique Martinique
MR AF 4.9 Africa/Nouakchott Mauritania
MS NA 0.004 America/Puerto_Rico Montserrat
MT EU 0.55 Europe/Malta Malta
MU AF 1.3 Indian/Mauritius Mauritius
MV AS 0.52 Indian/Maldives Maldives
MW AF 21 Africa/Blantyre Malawi
MX NA 129 America/Mexico_City=0.895,America/Mazatlan=0.035,America/Tijuana=0.03,America/Hermosillo=0.025,America/Cancun=0.015 Mexico
MY AS 34 Asia/Kuala_Lumpur Malaysia
MZ AF 33 Africa/Maputo Mozambique
NA AF 2.6 Africa/Windhoek Namibia
NC OC 0.27 Pacific/Noumea New Caledonia
NE AF 27 Africa/Niamey Niger
NF OC 0.002 Pacific/Norfolk Norfolk Island
NG AF 224 Africa/Lagos Nigeria
NI NA 6.8 America/Managua Nicaragua
NL EU 18 Europe/Amsterdam Netherlands
NO EU 5.5 Europe/Oslo Norway
NP AS 30 Asia/Kathmandu Nepal
NR OC 0.012 Pacific/Nauru Nauru
NU OC 0.002 Pacific/Niue Niue
NZ OC 5.2 Pacific/Auckland New Zealand
OM AS 4.6 Asia/Muscat Oman
PA NA 4.4 America/Panama Panama
PE SA 34 America/Lima Peru
PF OC 0.28 Pacific/Tahiti French Polynesia
PG OC 10 Pacific/Port_Moresby Papua New Guinea
PH AS 115 Asia/Manila Philippines
PK AS 241 Asia/Karachi Pakistan
PL EU 38 Europe/Warsaw Poland
PM NA 0.006 America/Miquelon Saint Pierre and Miquelon
PN OC 0.0001 Pacific/Pitcairn Pitcairn
PR NA 3.2 America/Puerto_Rico Puerto Rico
PS AS 5.2 Asia/Gaza Palestine
PT EU 10 Europe/Lisbon Portugal
PW OC 0.018 Pacific/Palau Palau
PY SA 6.8 America/Asuncion Paraguay
QA AS 2.7 Asia/Qatar Qatar
RE AF 0.88 Indian/Reunion Réunion
RO EU 19 Europe/Bucharest Romania
RS EU 6.6 Europe/Belgrade Serbia
RU EU 144 Europe/Moscow=0.624,Asia/Yekaterinburg=0.141,Asia/Krasnoyarsk=0.083,Europe/Samara=0.062,Asia/Irkutsk=0.023,Asia/Vladivostok=0.022,Asia/Yakutsk=0.019,Asia/Omsk=0.013,Europe/Kaliningrad=0.007,Asia/Magadan=0.004,Asia/Kamchatka=0.002 Russia
RW AF 14 Africa/Kigali Rwanda
SA AS 33 Asia/Riyadh Saudi Arabia
SB OC 0.76 Pacific/Guadalcanal Solomon Islands
SC AF 0.12 Indian/Mahe Seychelles
SD AF 49 Africa/Khartoum Sudan
SE EU 11 Europe/Stockholm Sweden
SG AS 5.9 Asia/Singapore Singapore
SH AF 0.005 Atlantic/St_Helena Saint Helena
SI EU 2.1 Europe/Ljubljana Slovenia
SJ EU 0.003 Arctic/Longyearbyen Svalbard and Jan Mayen
SK EU 5.4 Europe/Bratislava Slovakia
SL AF 8.6 Africa/Freetown Sierra Leone
SM EU 0.034 Europe/San_Marino San Marino
SN AF 18 Africa/Dakar Senegal
SO AF 18 Africa/Mogadishu Somalia
SR SA 0.62 America/Paramaribo Suriname
SS AF 11 Africa/Juba South Sudan
ST AF 0.23 Africa/Sao_Tome São Tomé and Príncipe
SV NA 6.3 America/El_Salvador El Salvador
SX NA 0.043 America/Puerto_Rico Sint Maarten
SY AS 23 Asia/Damascus Syria
SZ AF 1.2 Africa/Mbabane Eswatini
TC NA 0.046 America/Grand_Turk Turks and Caicos Islands
TD AF 18 Africa/Ndjamena Chad
TF AN 0.0001 Indian/Kerguelen French Southern Territories
TG AF 9.1 Africa/Lome Togo
TH AS 72 Asia/Bangkok Thailand
TJ AS 10 Asia/Dushanbe Tajikistan
TK OC 0.002 Pacific/Fakaofo Tokelau
TL AS 1.4 Asia/Dili Timor-Leste
TM AS 6.5 Asia/Ashgabat Turkmenistan
TN AF 12 Africa/Tunis Tunisia
TO OC 0.11 Pacific/Tongatapu Tonga
TR AS 85 Europe/Istanbul Türkiye
TT NA 1.4 America/Port_of_Spain Trinidad and Tobago
TV OC 0.01 Pacific/Funafuti Tuvalu
TW AS 23 Asia/Taipei Taiwan
TZ AF 67 Africa/Dar_es_Salaam Tanzania
UA EU 38 Europe/Kyiv Ukraine
UG AF 49 Africa/Kampala Uganda
UM OC 0.0003 Pacific/Wake US Outlying Islands
US NA 335 America/New_York=0.475,America/Chicago=0.29,America/Los_Angeles=0.162,America/Denver=0.045,America/Phoenix=0.022,Pacific/Honolulu=0.004,America/Anchorage=0.002 United States
UY SA 3.4 America/Montevideo Uruguay
UZ AS 36 Asia/Tashkent Uzbekistan
VA EU 0.001 Europe/Vatican Vatican City
VC NA 0.1 America/Puerto_Rico Saint Vincent and the Grenadines
VE SA 29 America/Caracas Venezuela
VG NA 0.032 America/Puerto_Rico British Virgin Islands
VI NA 0.1 America/Puerto_Rico US Virgin Islands
VN AS 100 Asia/Ho_Chi_Minh Vietnam
VU OC 0.33 Pacific/Efate Vanuatu
WF OC 0.012 Pacific/Wallis Wallis and Futuna
WS OC 0.22 Pacific/Apia Samoa
YE AS 34 Asia/Aden Yemen
YT AF 0.31 Indian/Mayotte Mayotte
ZA AF 60 Africa/Johannesburg South Africa
ZM AF 21 Africa/Lusaka Zambia
ZW AF 16 Africa/Harare Zimbabwe
"""
