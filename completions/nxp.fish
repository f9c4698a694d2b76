# fish completion for nxp

# The word at the cursor, without its quotes, of which one may still be open.
function __nxp_typed
    set --local typed (commandline --cut-at-cursor --current-token)
    for quote in '' "'" '"'
        string unescape -- $typed$quote; and return
    end
end

complete --keep-order --no-files --command nxp --arguments "(_NXP_COMPLETE=fish nxp -- (commandline --current-process --tokenize --cut-at-cursor) (__nxp_typed))"
