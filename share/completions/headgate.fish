# fish completion of headgate: save as ~/.config/fish/completions/headgate.fish
# It only carries words to and fro: what may stand where is decided by the program itself.
function __headgate_complete
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    set -l lines ($words[1] __complete $words[2..-1] "$typed" 2>/dev/null)
    switch "$lines[1]"
        case files
            __fish_complete_path "$typed"
        case folders
            __fish_complete_directories "$typed"
        case '*'
            for line in $lines[2..-1]
                printf '%s\n' $line
            end
    end
end
complete -c headgate -f -a '(__headgate_complete)'
