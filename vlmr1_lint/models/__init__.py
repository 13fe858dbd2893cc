"""What a model is: one `Family` value for each model family, dimensions of published models, and which model a name means.

No other room names a family of models: they ask its traits.
"""
