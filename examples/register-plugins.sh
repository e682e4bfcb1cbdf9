#!/bin/sh
# Registers every plugin file of a directory, or updates the plugin that is registered already.
#   sh register-plugins.sh DIRECTORY
set -eu

NOT_FOUND=69 INVALID_ARGUMENT=67 # the repository says "no such plugin" with either, by its version

for file in "$1"/*.yml; do
    # the identifier is the last part of the image's name
    id=$(sed -n 's|^image:.*/||p' "$file")
    status=0
    spacectl get repository.Plugin -p plugin_id="$id" >/dev/null 2>&1 || status=$?
    case $status in
    0)
        spacectl exec update repository.Plugin -f "$file" -p plugin_id="$id" -o name
        ;;
    "$NOT_FOUND" | "$INVALID_ARGUMENT")
        spacectl exec register repository.Plugin -f "$file" -o name
        ;;
    *)
        echo "$file: cannot tell whether $id is registered (exit status $status)" >&2
        exit "$status"
        ;;
    esac
done
