"""The completion scripts of the shells: they pass on what is typed, and show what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# Offers bring their own space, so that it works without compopt, which bash 3.2 of macOS does not have.
BASH = r"""# spacectl completion for bash:  source <(spacectl completion bash)
_spacectl() {
    local IFS=$'\n' line first=1 program=spacectl
    [[ ${COMP_WORDS[0]} == */* ]] && program=${COMP_WORDS[0]/#\~/$HOME}
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ $first ]]; then
            first=
            if [[ $line == files ]]; then
                if type compopt >/dev/null 2>&1; then
                    compopt -o default +o nospace
                else
                    COMPREPLY=($(compgen -f -- "$2"))
                fi
                return
            fi
        else
            COMPREPLY+=("$line")
        fi
    done < <(command "$program" __complete bash "${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null)
}
complete -o nospace -F _spacectl spacectl sctl
"""

ZSH = r"""#compdef spacectl sctl
# spacectl completion for zsh:  source <(spacectl completion zsh), after compinit
_spacectl() {
    local -a lines closed opened closed_text opened_text
    local line text program=spacectl
    [[ ${words[1]} == */* ]] && program=${~words[1]}
    lines=("${(@f)$(command "$program" __complete zsh "${(@)words[1,CURRENT-1]}" "$PREFIX" 2>/dev/null)}")
    if [[ ${lines[1]} == files ]]; then
        _files
        return
    fi
    for line in "${(@)lines[2,-1]}"; do
        text=${line%%$'\t'*}
        [[ -n $text ]] || continue
        if [[ $text == *[=./] ]]; then
            opened+=("$text")
            opened_text+=("${line/$'\t'/  -- }")
        else
            closed+=("$text")
            closed_text+=("${line/$'\t'/  -- }")
        fi
    done
    (( $#opened )) && compadd -l -S '' -d opened_text -a opened
    (( $#closed )) && compadd -l -d closed_text -a closed
    (( $#opened + $#closed ))
}
if [[ $funcstack[1] == _spacectl ]]; then
    _spacectl "$@"
else
    compdef _spacectl spacectl sctl
fi
"""

FISH = r"""# spacectl completion for fish:  spacectl completion fish | source
function __spacectl_complete
    set -l words (commandline -opc)
    set -l program spacectl
    string match -q '*/*' -- $words[1]; and set program (string replace -r '^~' $HOME -- $words[1])
    set -l lines (command $program __complete fish $words (commandline -ct) 2>/dev/null)
    if test "$lines[1]" = files
        __fish_complete_path (commandline -ct)
    else if test (count $lines) -gt 1
        printf '%s\n' $lines[2..-1]
    end
end
complete -c spacectl -f -a '(__spacectl_complete)'
complete -c sctl -f -a '(__spacectl_complete)'
"""

SCRIPTS: Mapping[str, str] = MappingProxyType({"bash": BASH, "zsh": ZSH, "fish": FISH})
