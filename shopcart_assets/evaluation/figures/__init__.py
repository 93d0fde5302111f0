"""The figures of the evaluation stage, a module each: rows of its views and the looks of policies in, a picture with its words out."""
