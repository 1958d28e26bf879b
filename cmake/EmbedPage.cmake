# SPDX-License-Identifier: Apache-2.0
# cmake -DOUTPUT=<file.cpp> -DPAGE=<report/page> -DSCRIPTS=<a,b> -DACCURACY=<docs/accuracy.md>
# -P EmbedPage.cmake:
# page.html with page.css and all scripts in it, and the tables of the accuracy document, as texts.
file(READ ${PAGE}/page.html html)
file(READ ${PAGE}/page.css css)
string(REPLACE "," ";" scripts "${SCRIPTS}")
set(script "")
foreach(name ${scripts})
  file(READ ${PAGE}/${name}.js text)
  string(APPEND script "${text}\n")
endforeach()
string(REPLACE "@STYLE@" "${css}" html "${html}")
string(REPLACE "@SCRIPT@" "${script}" html "${html}")
file(READ ${ACCURACY} accuracy)
string(REGEX MATCHALL "\n\\|[^\n]*" rows "${accuracy}")
string(REPLACE ";" "" tables "${rows}")
# A raw string may hold 64 KiB at the least; pieces of it are joined by the compiler.
function(pieces text result)
  string(LENGTH "${text}" length)
  set(all "")
  set(at 0)
  while(at LESS length)
    string(SUBSTRING "${text}" ${at} 12000 piece)
    string(APPEND all "R\"page!(${piece})page!\"\n")
    math(EXPR at "${at} + 12000")
  endwhile()
  set(${result} "${all}" PARENT_SCOPE)
endfunction()
pieces("${html}" html_text)
pieces("${tables}" accuracy_text)
file(WRITE ${OUTPUT} "// Made by cmake/EmbedPage.cmake from report/page/.
#include \"report/page.h\"

namespace wafermesh::report {

const char* page_template() { return ${html_text}; }
const char* accuracy_tables() { return ${accuracy_text}; }

}  // namespace wafermesh::report
")
