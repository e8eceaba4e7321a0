//! Vector and raster tiles. Comes with the layers that fly.
