#compdef headgate
# zsh completion of headgate: save as _headgate in a folder of $fpath, or: source <(headgate completion zsh)
# It only carries words to and fro: what may stand where is decided by the program itself.
_headgate() {
  local -a lines proposals
  local line word
  lines=("${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  case $lines[1] in
    files) _files; return ;;
    folders) _files -/; return ;;
  esac
  for line in "${(@)lines[2,-1]}"; do
    word=${line%%$'\t'*}
    [[ -z $word ]] && continue
    if [[ $line == *$'\t'* ]]; then
      proposals+=("${word//:/\\:}:${line#*$'\t'}")
    else
      proposals+=("${word//:/\\:}")
    fi
  done
  _describe headgate proposals
}
if [[ ${funcstack[1]} == _headgate ]]; then _headgate "$@"; else compdef _headgate headgate; fi
