# bash completion of headgate: source <(headgate completion bash)
# It only carries words to and fro: what may stand where is decided by the program itself.
_headgate() {
  local cur prev words cword kind word
  if declare -F _get_comp_words_by_ref >/dev/null; then
    # '=' and ':' are parts of our words, not between them.
    _get_comp_words_by_ref -n =: cur prev words cword
  else
    words=("${COMP_WORDS[@]}")
    cword=$COMP_CWORD
    cur=${words[cword]}
  fi
  COMPREPLY=()
  {
    IFS= read -r kind || return 0
    case $kind in
      files) compopt -o default 2>/dev/null; return 0 ;;
      folders) compopt -o dirnames 2>/dev/null; return 0 ;;
    esac
    while IFS=$'\t' read -r word _; do COMPREPLY+=("$word"); done
  } < <("${words[0]}" __complete "${words[@]:1:cword}" 2>/dev/null)
  if declare -F __ltrim_colon_completions >/dev/null; then __ltrim_colon_completions "$cur"; fi
}
complete -F _headgate headgate
