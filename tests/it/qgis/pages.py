"""Reads a large layer of points through QGIS, page by page, and watches what QGIS asks of the service.

Usage: pages.py URL QUERY COLLECTION. Prints one JSON object: features, distinct ids, their places, and the requests that were made.
"""

import http.client
import http.server
import json
import os
import subprocess
import sys
import tempfile

if sys.argv[1] == "relay":
    # A process of its own, since QGIS holds Python's lock while it waits for an answer. Whatever is asked is written down.
    log = open(sys.argv[3], "a", buffering=1)

    class Relay(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def pass_on(self):
            log.write(self.command + " " + self.path + "\n")
            service = http.client.HTTPConnection(sys.argv[2], timeout=60)
            # With the relay's own name as host, so that the links of the answer lead through it too.
            headers = {k: v for k, v in self.headers.items() if k.lower() != "connection"}
            service.request(self.command, self.path, headers=headers)
            answer = service.getresponse()
            body = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("transfer-encoding", "content-length", "connection", "date"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_HEAD = do_OPTIONS = pass_on

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Relay)
    print(server.server_port, flush=True)
    server.serve_forever()

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qgis.core import QgsApplication, QgsFeatureRequest, QgsRectangle, QgsVectorLayer  # noqa: E402

base, query, collection = sys.argv[1].rstrip("/"), sys.argv[2], sys.argv[3]
log = tempfile.mktemp()
relay = subprocess.Popen(
    [sys.executable, __file__, "relay", base.split("//")[1], log], stdout=subprocess.PIPE, universal_newlines=True
)
url = "http://127.0.0.1:%s/" % relay.stdout.readline().strip()
application = QgsApplication([], False)
application.initQgis()


def asked():
    """The item requests since the last call."""
    with open(log) as file:
        file.seek(asked.read)
        lines = file.read().splitlines()
        asked.read = file.tell()
    return [line for line in lines if "/items" in line]


asked.read = 0


def layer(box="0"):
    # A new one for each question: what it has read already would be answered from memory.
    return QgsVectorLayer("url='%s?%s' typename='%s' restrictToRequestBBOX='%s'" % (url, query, collection, box), collection, "OAPIF")


try:
    whole = layer()
    counted = whole.featureCount()
    ids, places = [], []
    for feature in whole.getFeatures():
        ids.append(feature["id"] if "id" in whole.fields().names() else feature.id())
        point = feature.geometry().asPoint()
        places.append([round(point.x(), 6), round(point.y(), 6)])
    pages = asked()
    near = layer("1")
    near.featureCount()
    asked()
    in_box = sum(1 for _ in near.getFeatures(QgsFeatureRequest().setFilterRect(QgsRectangle(-5, 13, -3, 15))))
    box_asked = asked()
    chosen = layer()
    chosen.setSubsetString("\"category\" = 'B' AND \"date\" >= '2021-06-20'")
    in_filter = sum(1 for _ in chosen.getFeatures())
    filter_asked = asked()
    answer = {
        "valid": whole.isValid(),
        "counted": counted,
        "features": len(places),
        "ids": len(set(ids)),
        "places": places,
        "fields": {f.name(): f.typeName() for f in whole.fields()},
        "pages": pages,
        "in_box": in_box,
        "box_asked": box_asked,
        "in_filter": in_filter,
        "filter_asked": filter_asked,
    }
finally:
    relay.terminate()
print(json.dumps(answer))
sys.stdout.flush()
# QGIS's own tear-down is not what is tested, and it may crash headless.
os._exit(0)
