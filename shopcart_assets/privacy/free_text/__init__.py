"""Other people's names and addresses in what people write: reviews, answers, chats, notes, queries. Lists of names, cues, shapes.

Where nobody writes freely (titles, brands, menus) nothing here is asked. The user's own values belong to gazetteer.py.
"""
