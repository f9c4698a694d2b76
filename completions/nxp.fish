# fish completion for nxp
complete --keep-order --no-files --command nxp --arguments "(_NXP_COMPLETE=fish nxp -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --cut-at-cursor --current-token))"
