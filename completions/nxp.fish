complete --keep-order --exclusive --command nxp --arguments "(_NXP_COMPLETE=fish nxp -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token))"
