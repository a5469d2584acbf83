"""Pictures as SVG that need no script: fan, map of counties, and the gallery of every kind."""
