#!/usr/bin/env python3
"""A contact list of so many rows, all numbers different. usage: generate.py FILE ROWS"""
import random
import sys

path, rows = sys.argv[1], int(sys.argv[2])
random.seed(1)
cities = ["Москва", "Тверь", "Казань", "Самара", "Томск, обл."]
with open(path, "w", encoding="utf-8") as out:
    out.write("key,name,phone,priority,city,balance\n")
    for row in range(rows):
        number = 79000000000 + (row * 7919) % 100000000 + (row // 100000000)
        city = cities[row % len(cities)]
        city = f'"{city}"' if "," in city else city
        out.write(f"C{row},Клиент {row},+{number},{row % 3},{city},{random.randrange(100000)}\n")
