"""Contents of the summary beside the results of the model: background, own data, ratios, duties."""
