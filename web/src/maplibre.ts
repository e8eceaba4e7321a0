// The map library, in a part of its own: the application and the page to embed share it.
import maplibregl from "maplibre-gl/dist/maplibre-gl-csp";

export default maplibregl;
