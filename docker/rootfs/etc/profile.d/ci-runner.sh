# Debian's /etc/profile replaces the PATH that an image has set with ENV; this puts it back.
path=$(tr '\0' '\n' <"/proc/$$/environ" | sed -n 's/^PATH=//p')
if [ -n "$path" ]; then PATH=$path; fi
unset path
