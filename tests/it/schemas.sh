#!/usr/bin/env bash
# Lays OGC's schemas of SLD 1.1 into target/judges/schemas, for xmllint: they come whole from Maven Central as a package, and are made to
# point at each other as files, since xmllint takes a schema that it meets under two addresses for two.
# Needs: mvn, unzip.
set -euo pipefail
cd "$(dirname "$0")/../.."
to=$PWD/target/judges/schemas
rm -rf "$to"
mkdir -p "$to"
mvn -q org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy \
  -Dartifact=org.jvnet.ogc:ogc-schemas:2.6.1 -DoutputDirectory="$to" >"$to/fetch.log" 2>&1
unzip -qo "$to/ogc-schemas-2.6.1.jar" 'ogc/*.xsd' -d "$to"
mkdir -p "$to/w3"
# Not in the package: the attributes of XML itself, and those of XLink that the schemas name.
cat >"$to/w3/xml.xsd" <<'XSD'
<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.w3.org/XML/1998/namespace">
  <attribute name="lang" type="language"/>
</schema>
XSD
{
  echo '<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.w3.org/1999/xlink"><attributeGroup name="simpleAttrs">'
  for name in type href role arcrole title show actuate; do echo "<attribute name=\"$name\" form=\"qualified\"/>"; done
  echo '</attributeGroup></schema>'
} >"$to/w3/xlink.xsd"
find "$to/ogc" -name '*.xsd' -exec sed -i -E \
  -e "s#\"http://schemas.opengis.net/#\"$to/ogc/#g" \
  -e "s#schemaLocation=\"[^\"]*/(xlink|xlinks|xml)\.xsd\"#schemaLocation=\"$to/w3/\1.xsd\"#g" \
  -e "s#/w3/xlinks\.xsd#/w3/xlink.xsd#g" {} +
