/* rehearse/write/style.c: how the page looks, on a screen in both themes and on paper; and its one script, for the values under a
 * pointer. */
#include "rehearse/write/inside.h"

static const char light[] =
	"--ground:#f3f5f8;--panel:#fff;--raised:#f0f3f7;--line:#d5dce5;--text:#17202b;--muted:#556272;--accent:#0b5cb8;"
	"--warning:#935400;--critical:#b81c2b;--other:#5a6878;--land:#e8ecf1;color-scheme:light";
static const char dark[] =
	"--ground:#0e131a;--panel:#151c26;--raised:#1b2430;--line:#283444;--text:#e8edf3;--muted:#97a4b4;--accent:#6cb2ff;"
	"--warning:#ffb638;--critical:#ff6161;--other:#9aa7b8;--land:#1b2430;color-scheme:dark";

static const char *const rules[] = {
	"*{box-sizing:border-box}",
	"@font-face{font-family:'Cordon Signs';unicode-range:U+00B1,U+00B7,U+00D7,U+2212,U+2013,U+2264-2265;"
	"src:local('Inter'),local('Segoe UI'),local('Helvetica Neue'),local('Roboto'),local('Arial'),local('Liberation Sans'),"
	"local('DejaVu Sans')}",
	"body{margin:0;background:var(--ground);color:var(--text);"
	"font:14px/1.5 'Cordon Signs',Inter,'Noto Sans SC','Noto Sans CJK SC','Microsoft YaHei','PingFang SC',system-ui,sans-serif;"
	"font-variant-numeric:tabular-nums;-webkit-print-color-adjust:exact;print-color-adjust:exact}",
	"main{max-width:1400px;margin:0 auto;padding:20px;display:grid;gap:16px}",
	"main>*{min-width:0}",
	"header h1{font-size:22px;line-height:1.3;margin:0;font-weight:650}",
	"header h1 span{display:block}header p{margin:4px 0 0;color:var(--muted)}",
	"section{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:14px 18px}",
	"h2{font-size:15px;font-weight:650;margin:0 0 8px}h3{font-size:14px;font-weight:650;margin:0}",
	".key{display:inline-block;min-width:22px;padding:0 6px;border-radius:4px;font-weight:650;text-align:center;"
	"border:1.5px solid currentcolor;margin-right:8px;font-size:.8em;font-style:normal}thead .key{margin:0}",
	".key.a{color:var(--other)}.key.b{color:var(--accent)}.one .key{display:none}",
	".facts{display:flex;flex-wrap:wrap;gap:4px 20px;margin:8px 0 0;color:var(--muted)}.facts b{color:var(--text);font-weight:650}",
	".caution{border-color:var(--warning)}.caution b{color:var(--warning)}",
	"ol,ul{margin:0;padding-left:20px}li{margin:4px 0;overflow-wrap:anywhere}li.grave::marker{color:var(--critical)}",
	".said li{font-size:16px;line-height:1.45}.troubles{display:grid;grid-template-columns:repeat(auto-fit,minmax(320px,1fr));gap:16px}",
	".wide{overflow-x:auto}",
	"table{border-collapse:collapse;width:100%}caption{text-align:left;color:var(--muted);font-size:12px;padding-bottom:6px}",
	"th,td{text-align:right;padding:4px 10px;border-top:1px solid var(--line);vertical-align:baseline}",
	"thead th{font-size:12px;color:var(--muted);font-weight:650;border-top:0;white-space:nowrap}",
	"th:first-child,td.words{text-align:left}th:first-child{padding-left:0}tbody th{font-weight:400}"
	"thead tr+tr th:first-child{text-align:right}",
	"td b{font-weight:650;white-space:nowrap}td small,th small{color:var(--muted);font-size:12px;white-space:nowrap;margin-left:4px}",
	"td.good b{color:var(--accent)}td.bad b{color:var(--critical)}td.words{color:var(--muted);font-size:12px}",
	"td .lvl{display:inline-block;width:10px;height:10px;border-radius:2px;margin-right:6px;border:1px solid var(--muted)}",
	".charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,400px),1fr));gap:14px 22px}",
	"figure{margin:0;min-width:0}.read{align-self:end;color:var(--muted);font-size:12px;list-style:none;padding:0;margin:0 0 24px}",
	"@media(min-width:900px){.charts .large{grid-column:span 2}.large svg text{font-size:9px}}",
	"figcaption{font-weight:650;display:flex;gap:8px;align-items:baseline;flex-wrap:wrap}",
	"figcaption small{font-weight:400;color:var(--muted);font-size:12px}",
	"svg{display:block;width:100%;height:auto;overflow:visible}",
	"svg text{font:11px 'Cordon Signs',Inter,'Noto Sans SC','Noto Sans CJK SC',sans-serif;fill:var(--muted)}",
	".grid{stroke:var(--line);stroke-width:1}.mark{stroke:var(--muted);stroke-width:1;stroke-dasharray:2 3}",
	".l{fill:none;stroke-width:1.8;stroke-linejoin:round}.l.a{stroke:var(--other);stroke-dasharray:6 3}.l.b,.one .l.a{stroke:var(--accent);"
	"stroke-dasharray:none}.l.thin{stroke-width:1.2}.l.come{stroke:var(--muted);stroke-width:1.2;stroke-dasharray:2 2}",
	".band{stroke:none;opacity:.16}.band.a,.band.come{fill:var(--other)}.band.b,.one .band.a{fill:var(--accent)}",
	".limit{stroke:var(--warning);stroke-width:1.2}",
	".end.a{fill:var(--other);font-weight:650}.end.b,.one .end.a{fill:var(--accent);font-weight:650}",
	".hover{stroke:var(--text);stroke-width:1;visibility:hidden}",
	"#tip{position:fixed;pointer-events:none;background:var(--raised);border:1px solid var(--line);border-radius:6px;padding:4px 8px;"
	"font-size:12px;white-space:pre;visibility:hidden;z-index:2}",
	".maps{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:16px}",
	".land{fill:var(--land)}.zone{stroke:var(--panel);stroke-width:1}.zone.none{fill:var(--land);stroke:var(--line)}",
	".wall{fill:none;stroke:var(--muted);stroke-width:1;opacity:.35}",
	".d0{fill:#b5ddca}.d1{fill:#f4e285}.d2{fill:#f2a65a}.d3{fill:#e2685a}.d4{fill:#16181d}",
	".g0{stroke:#b5ddca}.g1{stroke:#f4e285}.g2{stroke:#f2a65a}.g3{stroke:#e2685a}.g4{stroke:#16181d}",
	"svg .num{fill:#17202b;font-weight:650;text-anchor:middle;dominant-baseline:central;paint-order:stroke;"
	"stroke:rgb(255 255 255/70%);stroke-width:2.5px;stroke-linejoin:round}svg .num.on4{fill:#fff;stroke:none}",
	".gate{fill:#fff;stroke:#0b5cb8;stroke-width:1.6}.gate.q{fill:#0b5cb8;stroke:#fff;"
	"stroke-width:1}" /* as the zones: in both themes alike */
	"svg .q{fill:#17202b;font-weight:650;paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-linejoin:round}",
	".legend{display:flex;flex-wrap:wrap;gap:4px 16px;margin:10px 0 0;padding:0;list-style:none;font-size:12px;color:var(--muted)}",
	".legend i{display:inline-block;width:14px;height:14px;border-radius:3px;vertical-align:-2px;margin-right:6px;"
	"border:1px solid var(--line)}",
	"i.d0{background:#b5ddca}i.d1{background:#f4e285}i.d2{background:#f2a65a}i.d3{background:#e2685a}i.d4{background:#16181d}",
	"footer{color:var(--muted);font-size:12px}footer p{margin:4px 0}",
	"@media(max-width:640px){main{padding:10px;gap:10px}section{padding:12px}.said li{font-size:15px}",
	"th,td{padding:5px 6px}td small{display:block;margin:0}header h1{font-size:19px}.troubles{grid-template-columns:1fr}",
	"svg text{font-size:13px}.large svg text{font-size:19px}"
	".wide tbody th{position:sticky;left:0;background:var(--panel);min-width:84px}"
	".stack thead tr,.stack tbody tr{display:grid;grid-template-columns:repeat(3,1fr);border-top:1px solid var(--line)}"
	".stack th,.stack td{border:0;padding:3px 0}.stack th:first-child{grid-column:1/-1;position:static}"
	".stack thead th:first-child,.stack thead th:empty{display:none}.stack td.words{grid-column:1/-1;text-align:right}"
	".stack td:empty{display:none}"
	".one .stack thead tr,.one .stack tbody tr{grid-template-columns:1fr auto}.one .stack th:first-child{grid-column:1}"
	".one .stack thead th{display:none}}",
	"@page{margin:12mm}",
	"@media print{body{font-size:11px;background:#fff}main{max-width:none;padding:0;gap:10px;display:block}main>*{margin-bottom:10px}"
	"section{padding:8px 12px}figure,tr,li{break-inside:avoid}h2{break-after:avoid;font-size:13px}.said li{font-size:13px}"
	"th,td{padding:3px 5px}td small,th small,td.words,thead th,caption,footer,.legend,.read,figcaption small{font-size:9.5px}"
	"thead th{white-space:normal}.wide{overflow:visible}#tip{display:none}.maps{grid-template-columns:repeat(2,1fr)}"
	".one .maps{grid-template-columns:1fr}.one .maps svg{max-width:640px}"
	".charts{grid-template-columns:repeat(2,1fr)}.charts .large{grid-column:1/-1}.large svg text{font-size:10px}}",
	"@media print and (min-width:1100px){.charts{grid-template-columns:repeat(3,1fr)}.charts .large{grid-column:span 2}}",
};

void page_styles(struct page *g)
{
	buf_addf(g->out, "<style>:root{%s}@media screen and (prefers-color-scheme:dark){:root{%s}}", light, dark);
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		page_add(g, rules[i]);
	page_add(g, "</style>\n");
}

/* Shows the values under the pointer; the page says everything without it. A line's values stand in data-v, one a minute from data-t. */
static const char script[] =
	"<div id=tip></div><script>(()=>{'use strict';const tip=document.getElementById('tip');"
	"const two=n=>String(n).padStart(2,'0');"
	"const show=(v,u)=>u==='s'?Math.floor(v/60)+':'+two(Math.round(v)%60):Math.round(v).toLocaleString('en').replace(/,/g,'\\u202f');"
	"for(const svg of document.querySelectorAll('svg.chart')){const d=svg.dataset,hover=svg.querySelector('.hover');"
	"svg.addEventListener('pointermove',e=>{const box=svg.getBoundingClientRect(),x=(e.clientX-box.left)/box.width*d.w;"
	"const share=(x-d.x0)/(d.x1-d.x0);if(share<0||share>1){hover.style.visibility=tip.style.visibility='hidden';return;}"
	"const m=Math.round(+d.t0+share*(d.t1-d.t0));const c=d.clock===''?null:((+d.clock+m)%1440+1440)%1440;"
	"const lines=[c===null?'T'+(m<0?'\\u2212':'+')+Math.abs(m)+' min':two(Math.floor(c/60))+':'+two(c%60)];"
	"for(const l of svg.querySelectorAll('[data-v]')){const v=l.dataset.v.split(' ')[m-l.dataset.t];"
	"if(v!==undefined&&v!=='')lines.push(l.dataset.n+'  '+show(+v,d.u));}"
	"const px=+d.x0+(m-d.t0)/(d.t1-d.t0)*(d.x1-d.x0);hover.setAttribute('x1',px);hover.setAttribute('x2',px);"
	"hover.style.visibility=tip.style.visibility='visible';tip.textContent=lines.join('\\n');"
	"tip.style.left=Math.min(e.clientX+14,innerWidth-tip.offsetWidth-8)+'px';tip.style.top=e.clientY+14+'px';});"
	"svg.addEventListener('pointerleave',()=>{hover.style.visibility=tip.style.visibility='hidden';});}})();</script>\n";

void page_script(struct page *g)
{
	page_add(g, script);
}
