# spacectl completion for fish:  spacectl completion fish | source
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
