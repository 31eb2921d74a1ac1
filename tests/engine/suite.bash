# To be sourced: packages of another suite of the mirror that this machine's apt already uses, unpacked beside the system.

# Sets `apt` to an apt-get that knows this suite alone and keeps its lists below this folder.
suite() { # name, folder
  local mirror
  [ -n "$(find /var/lib/apt/lists -name '*Packages*' -print -quit)" ] || apt-get -qq update
  mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -m1 'debian$' || true)
  mirror=${mirror:-$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -m1 /debian)}
  mkdir -p "$2"/{sources,lists/partial,cache/archives/partial,root}
  cat >"$2/sources/suite.sources" <<SOURCES
Types: deb
URIs: $mirror
Suites: $1
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
SOURCES
  apt=(apt-get -qq -oDir::Etc::SourceList=/dev/null "-oDir::Etc::SourceParts=$2/sources" "-oDir::State::Lists=$2/lists"
    "-oDir::Cache=$2/cache" -oAPT::Sandbox::User=root)
  "${apt[@]}" update
}

# Unpacks what was downloaded to a folder below its `root`, and removes what is not needed any more.
unpack() { # folder
  local deb
  for deb in "$1"/*.deb "$1"/cache/archives/*.deb; do [ ! -e "$deb" ] || dpkg -x "$deb" "$1/root"; done
  rm -rf "$1"/*.deb "$1/lists" "$1/cache" "$1/sources"
}
